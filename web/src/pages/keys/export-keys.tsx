import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError, call, explainError } from "../../api/client";
import { download } from "../../lib/download";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, Input } from "../../ui/field";
import { Segmented } from "../../ui/segmented";
import { toast } from "../../ui/toast";

type Format = "env" | "json" | "csv";

export function ExportKeys({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [format, setFormat] = useState<Format>("env");
  const send = useMutation({
    mutationFn: () => call("post", "/api/keys/export", { body: { password, format } }),
    onSuccess: (text) => {
      download(format === "env" ? "freellmapi-keys.env" : `freellmapi-keys.${format}`, "text/plain", text);
      toast({ text: "Exported. The file holds your keys in clear: keep it safe." });
      close();
    },
  });
  const close = () => {
    setPassword("");
    send.reset();
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <Dialog open={open} onClose={close} title="Export all keys">
      <form onSubmit={submit} className="grid gap-5">
        <p className="text-muted">The file holds every key in clear text. Enter the dashboard's password again to get it.</p>
        <Segmented label="Format" value={format} onChange={setFormat} options={[{ value: "env", label: ".env" }, { value: "json", label: "JSON" }, { value: "csv", label: "CSV" }]} />
        <Field label="Password" error={send.error && (send.error instanceof ApiError && send.error.code === "invalid_password" ? "That is not the password." : explainError(send.error))}>
          {(attributes) => <Input {...attributes} type="password" required autoComplete="current-password" data-autofocus value={password} onChange={(event) => setPassword(event.target.value)} />}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary" busy={send.isPending} disabled={!password}>Export</Button>
        </div>
      </form>
    </Dialog>
  );
}
