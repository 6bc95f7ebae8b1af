import { ChevronDown, Search } from "lucide-react";
import { Switch as RadixSwitch } from "radix-ui";
import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";

const kBox = "rounded-md border border-edge bg-surface px-3 text-text disabled:opacity-60 aria-invalid:border-bad";

type FieldProps = { label: string; hint?: ReactNode; error?: string | null; className?: string; children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ReactNode };

/** A width of its own replaces the full one; with both, the style sheet's order would decide. */
const wide = (className: string): string => (/(^|\s)(w-|grow)/.test(className) ? "" : "w-full");

/** Label, control, hint and error, tied together for those who do not see them. */
export function Field({ label, hint, error, className = "", children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className={`grid content-start gap-1.5 ${className}`}>
      <label htmlFor={id} className="font-medium">{label}</label>
      {children({ id, "aria-describedby": hint || error ? noteId : undefined, "aria-invalid": error ? true : undefined })}
      {(hint || error) && (
        <p id={noteId} role={error ? "alert" : undefined} className={`text-sm ${error ? "text-bad" : "text-muted"}`}>{error ?? hint}</p>
      )}
    </div>
  );
}

export function Input({ className = "", ...rest }: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input className={`${kBox} ${wide(className)} min-h-10 ${className}`} {...rest} />;
}

export function Textarea({ className = "", ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea className={`${kBox} ${wide(className)} py-2 ${className}`} {...rest} />;
}

export function Select({ className = "", children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <span className={`relative inline-block ${className}`}>
      <select className={`${kBox} min-h-10 w-full appearance-none pr-9`} {...rest}>{children}</select>
      <ChevronDown size={16} aria-hidden className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-muted" />
    </span>
  );
}

export function SearchBox({ label, value, onChange, className = "" }: { label: string; value: string; onChange: (value: string) => void; className?: string }) {
  return (
    <span className={`relative inline-block ${className}`}>
      <Search size={16} aria-hidden className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
      <Input type="search" aria-label={label} placeholder={label} value={value} onChange={(event) => onChange(event.target.value)} className="pl-9" />
    </span>
  );
}

export function Switch({ label, checked, onChange, disabled }: { label: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  return (
    <RadixSwitch.Root
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="relative h-6 w-10 shrink-0 rounded-full border border-edge bg-sunken transition-colors before:absolute before:-inset-2 disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <RadixSwitch.Thumb className="block size-4 translate-x-[3px] rounded-full bg-muted transition-transform data-[state=checked]:translate-x-[19px] data-[state=checked]:bg-on-accent" />
    </RadixSwitch.Root>
  );
}

export function Check({ label, checked, onChange, disabled }: { label: ReactNode; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  return (
    <label className={`inline-flex min-h-9 items-center gap-2 ${disabled ? "opacity-60" : ""}`}>
      <input type="checkbox" className="size-4 accent-(--accent)" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
