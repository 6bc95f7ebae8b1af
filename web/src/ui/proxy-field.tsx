import { X } from "lucide-react";
import { Button } from "./button";
import { Field, Input } from "./field";

type ProxyFieldProps = { label?: string; stored: string | null; value: string | undefined; without: string; error?: string | null; locked?: string | null; onChange: (value: string | undefined) => void };

/** A proxy that is shown only masked: untouched (undefined) it stays, "" takes it away. `without`: what happens with none. */
export function ProxyField({ label = "Outbound proxy", stored, value, without, error, locked, onChange }: ProxyFieldProps) {
  const isRemoved = value === "" && stored !== null;
  const hint = locked ? `Fixed by the ${locked}.` : isRemoved ? `It will be taken away: ${without}.` : stored && value === undefined ? `Now ${stored}. Type another one to replace it.` : `http://, https:// or socks5://. Without one: ${without}.`;
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => (
        <span className="flex gap-2">
          <Input {...attributes} disabled={Boolean(locked)} spellCheck={false} autoComplete="off" className="font-mono" placeholder={isRemoved ? "" : stored ?? ""} value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)} />
          {stored && !locked && (isRemoved ? <Button onClick={() => onChange(undefined)}>Keep it</Button> : <Button icon={X} onClick={() => onChange("")}>Remove</Button>)}
        </span>
      )}
    </Field>
  );
}
