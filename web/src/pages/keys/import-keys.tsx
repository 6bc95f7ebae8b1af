import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { reread } from "../../api/reread";
import type { KeyImportResult, KeyImportRow, Platform } from "../../api/types";
import { plural } from "../../lib/format";
import { StateWord, type Tone } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check, Field, Select, Textarea } from "../../ui/field";
import { toast } from "../../ui/toast";

const kStatus: Record<KeyImportRow["status"], { text: string; tone: Tone }> = {
  new: { text: "New", tone: "good" },
  added: { text: "Added", tone: "good" },
  duplicate: { text: "Already stored", tone: "muted" },
  duplicate_in_text: { text: "Twice in the text", tone: "muted" },
  unknown_platform: { text: "Which platform?", tone: "warn" },
  invalid: { text: "No key here", tone: "bad" },
};

export function ImportKeys({ open, platforms, onClose }: { open: boolean; platforms: Platform[]; onClose: () => void }) {
  const [text, setText] = useState("");
  const [preview, setPreview] = useState<KeyImportResult | null>(null);
  const [left, setLeft] = useState<Set<number>>(new Set());
  const [assigned, setAssigned] = useState<Record<string, string>>({});
  const send = useMutation({
    mutationFn: (dryRun: boolean) => call("post", "/api/keys/import", { body: { text, format: "auto", dry_run: dryRun, platforms: assigned, ...(dryRun ? {} : { include: chosen }) } }),
    onSuccess: (result) => {
      if (result.dry_run) return setPreview(result);
      toast({ text: `${plural(result.added, "key")} added, being checked now.` });
      void reread(keys.keys);
      setText("");
      setPreview(null);
      setAssigned({});
      onClose();
    },
  });
  const importable = (row: KeyImportRow) => row.status === "new" || (row.status === "unknown_platform" && assigned[row.index] !== undefined);
  const chosen = preview?.rows.filter((row) => importable(row) && !left.has(row.index)).map((row) => row.index) ?? [];
  const toggle = (index: number, checked: boolean) => {
    const next = new Set(left);
    if (checked) next.delete(index);
    else next.add(index);
    setLeft(next);
  };
  return (
    <Dialog open={open} onClose={onClose} title="Paste many keys" wide={preview !== null}>
      {!preview ? (
        <div className="grid gap-4">
          <Field label="A .env file, JSON or CSV" hint="You see what was recognised before anything is stored.">
            {(attributes) => <Textarea {...attributes} rows={10} spellCheck={false} autoComplete="off" data-autofocus className="font-mono text-sm" placeholder={"GROQ_API_KEY=gsk_…\nGEMINI_API_KEY=AIza…"} value={text} onChange={(event) => setText(event.target.value)} />}
          </Field>
          {send.error && <p role="alert" className="text-bad">{explainError(send.error)}</p>}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" busy={send.isPending} disabled={!text.trim()} onClick={() => send.mutate(true)}>Preview</Button>
          </div>
        </div>
      ) : (
        <div className="grid gap-4">
          <p className="text-muted">{preview.rows.length === 0 ? "No keys were recognised in that text." : `Read as ${preview.format === "env" ? ".env" : preview.format.toUpperCase()}: ${plural(preview.rows.length, "entry", "entries")}, ${plural(chosen.length, "new key")} to add.`}</p>
          <ul className="border-t border-line">
            {preview.rows.map((row) => (
              <li key={row.index} className="flex flex-wrap items-center gap-x-4 border-b border-line py-1">
                <span className="min-w-52 grow"><Check label={<code className="break-all">{row.name}</code>} checked={importable(row) && !left.has(row.index)} disabled={!importable(row)} onChange={(checked) => toggle(row.index, checked)} /></span>
                <code className="text-muted">{row.masked}</code>
                {row.status === "unknown_platform" ? (
                  <Select aria-label={`Platform of ${row.name}`} value={assigned[row.index] ?? ""} onChange={(event) => setAssigned({ ...assigned, [row.index]: event.target.value })}>
                    <option value="" disabled>Which platform?</option>
                    {platforms.map((platform) => <option key={platform.slug} value={platform.slug}>{platform.name}</option>)}
                  </Select>
                ) : (
                  <span className="w-36">{platforms.find((platform) => platform.slug === row.platform)?.name ?? ""}</span>
                )}
                <span className="w-32"><StateWord tone={kStatus[row.status].tone}>{kStatus[row.status].text}</StateWord></span>
              </li>
            ))}
          </ul>
          {send.error && <p role="alert" className="text-bad">{explainError(send.error)}</p>}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setPreview(null)}>Back to the text</Button>
            <Button kind="primary" busy={send.isPending} disabled={chosen.length === 0} onClick={() => send.mutate(false)}>Add {plural(chosen.length, "key")}</Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
