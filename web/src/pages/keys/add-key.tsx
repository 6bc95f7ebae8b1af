import { useMutation } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useEffect, useState, type FormEvent } from "react";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { reread } from "../../api/reread";
import type { Platform } from "../../api/types";
import { plural, sentence } from "../../lib/format";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check, Field, Input, Select, Textarea } from "../../ui/field";
import { toast } from "../../ui/toast";

type AddKeyProps = { open: boolean; platform: string; platforms: Platform[]; onClose: () => void };

/** What has been typed stays when the dialog is closed by mistake, and goes once it has been stored. */
export function AddKey({ open, platform: asked, platforms, onClose }: AddKeyProps) {
  const [slug, setSlug] = useState("");
  const [parts, setParts] = useState<Record<string, string>>({});
  const [label, setLabel] = useState("");
  const [many, setMany] = useState(false);
  useEffect(() => {
    if (open && asked) setSlug(asked);
  }, [open, asked]);
  const platform = platforms.find((row) => row.slug === slug);
  const fields = platform?.key_fields ?? [];
  const secrets = secretsOf(fields.map((field) => parts[field.name] ?? ""), many);
  const add = useMutation({
    mutationFn: () => call("post", "/api/keys", { body: { keys: secrets.map((secret, index) => ({ platform: slug, secret, label: secrets.length > 1 && label ? `${label} ${index + 1}` : label })) } }),
    onSuccess: ({ results }) => {
      const added = results.filter((result) => result.status === "added").length;
      const reasons = results.filter((result) => result.status !== "added").map((result) => (result.status === "duplicate" ? `That key is already stored${result.key?.label ? ` as “${result.key.label}”` : ""}.` : sentence(result.message ?? ""))).filter(Boolean);
      toast({ text: [added > 0 && `${plural(added, "key")} added, being checked now.`, ...new Set(reasons)].filter(Boolean).join(" "), tone: added > 0 ? "good" : "bad" });
      void reread(keys.keys);
      if (added === 0) return;
      setParts({});
      setLabel("");
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Dialog open={open} onClose={onClose} title={platform ? `Add a key for ${platform.name}` : "Add a key"}>
      <form onSubmit={submit} className="grid gap-5">
        <Field label="Platform">
          {(attributes) => (
            <Select {...attributes} required value={slug} onChange={(event) => setSlug(event.target.value)} className="w-full">
              <option value="" disabled>Choose…</option>
              {platforms.filter((row) => row.status !== "retired").map((row) => <option key={row.slug} value={row.slug}>{row.name}</option>)}
            </Select>
          )}
        </Field>
        {platform && (
          <>
            {platform.signup_url && (
              <p className="text-sm text-muted">
                No key yet? <a href={platform.signup_url} target="_blank" rel="noreferrer" className="inline-flex items-center gap-1 text-text underline underline-offset-3">Get one at {new URL(platform.signup_url).host} <ExternalLink size={13} aria-hidden /></a>
                {platform.data_use_note && <span className="mt-1 block text-warn">{platform.data_use_note}</span>}
              </p>
            )}
            {fields.map((field, index) =>
              many && fields.length === 1 ? (
                <Field key={field.name} label="Keys, one per line" hint={`${plural(secrets.length, "key")} so far`}>
                  {(attributes) => <Textarea {...attributes} rows={5} required spellCheck={false} autoComplete="off" data-autofocus className="font-mono" value={parts[field.name] ?? ""} onChange={(event) => setParts({ ...parts, [field.name]: event.target.value })} />}
                </Field>
              ) : (
                <Field key={field.name} label={field.label} hint={field.placeholder ? `Looks like ${field.placeholder}` : undefined}>
                  {(attributes) => <Input {...attributes} required type={field.secret ? "password" : "text"} spellCheck={false} autoComplete="off" data-1p-ignore data-autofocus={index === 0 || undefined} className="font-mono" value={parts[field.name] ?? ""} onChange={(event) => setParts({ ...parts, [field.name]: event.target.value })} />}
                </Field>
              ),
            )}
            <Field label="Label (optional)" hint="To tell several keys of one platform apart.">
              {(attributes) => <Input {...attributes} maxLength={80} value={label} onChange={(event) => setLabel(event.target.value)} />}
            </Field>
            {fields.length === 1 && <Check label="Several keys at once" checked={many} onChange={setMany} />}
          </>
        )}
        {add.error && <p role="alert" className="text-bad">{explainError(add.error)}</p>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={add.isPending} disabled={secrets.length === 0 || !platform}>{secrets.length > 1 ? `Add ${secrets.length} keys` : "Add key"}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Parts of one key are joined by ":"; or one key per line. */
export function secretsOf(parts: string[], many: boolean): string[] {
  if (many && parts.length === 1) return [...new Set(parts[0]!.split(/\s+/).filter(Boolean))];
  const trimmed = parts.map((part) => part.trim());
  return trimmed.length > 0 && trimmed.every(Boolean) ? [trimmed.join(":")] : [];
}
