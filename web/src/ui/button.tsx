import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { Tip } from "./tip";

type Kind = "primary" | "plain" | "quiet" | "danger";

const kKinds: Record<Kind, string> = {
  primary: "bg-accent text-on-accent hover:opacity-90",
  plain: "border border-line bg-surface hover:border-edge",
  quiet: "hover:bg-sunken",
  danger: "border border-bad text-bad hover:bg-bad-soft",
};

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind; small?: boolean; busy?: boolean; icon?: LucideIcon; ref?: Ref<HTMLButtonElement> };

export function Button({ kind = "plain", small, busy, icon: Icon, className = "", children, disabled, type = "button", ...rest }: ButtonProps) {
  const Shown = busy ? LoaderCircle : Icon;
  return (
    <button
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`inline-flex items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-55 ${small ? "min-h-8 px-2.5 text-sm" : "min-h-10 px-4"} ${kKinds[kind]} ${className}`}
      {...rest}
    >
      {Shown && <Shown size={small ? 15 : 17} aria-hidden className={busy ? "animate-spin" : ""} />}
      {children}
    </button>
  );
}

/** A button that is only a picture; its name is spoken and shown on hover and focus. */
export function IconButton({ label, icon: Icon, className = "", busy, ...rest }: Omit<ButtonProps, "children" | "kind" | "icon"> & { label: string; icon: LucideIcon }) {
  const Shown = busy ? LoaderCircle : Icon;
  return (
    <Tip text={label}>
      <button
        type="button"
        aria-label={label}
        className={`inline-grid size-9 shrink-0 place-items-center rounded-md text-muted transition-colors hover:bg-sunken hover:text-text disabled:opacity-40 ${className}`}
        {...rest}
      >
        <Shown size={17} aria-hidden className={busy ? "animate-spin" : ""} />
      </button>
    </Tip>
  );
}
