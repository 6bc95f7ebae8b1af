import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { reread } from "../../api/reread";
import type { Key } from "../../api/types";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { ProxyField } from "../../ui/proxy-field";
import { toast } from "../../ui/toast";

/** The way one key's requests leave this machine, when it is not the platform's. */
export function KeyProxy({ stored: key, open, onClose }: { stored: Key; open: boolean; onClose: () => void }) {
  const [proxy, setProxy] = useState<string>();
  const save = useMutation({
    mutationFn: () => call("patch", "/api/keys/{id}", { path: { id: key.id }, body: { proxy: proxy || null } }),
    onSuccess: () => {
      void reread(keys.keys);
      toast({ text: proxy ? "Proxy set. The next request takes it." : "Proxy taken away." });
      setProxy(undefined);
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog open={open} onClose={onClose} title={`Outbound proxy of ${key.label || key.masked}`}>
      <form onSubmit={submit} className="grid gap-5">
        <ProxyField stored={key.proxy} value={proxy} without="as its platform" error={save.error && explainError(save.error)} onChange={setProxy} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={save.isPending} disabled={proxy === undefined}>Save</Button>
        </div>
      </form>
    </Dialog>
  );
}
