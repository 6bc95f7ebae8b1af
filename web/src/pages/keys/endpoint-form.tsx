import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError, call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { reread } from "../../api/reread";
import type { CustomEndpoint } from "../../api/types";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check, Field, Input } from "../../ui/field";
import { ProxyField } from "../../ui/proxy-field";
import { toast } from "../../ui/toast";

type EndpointFormProps = { endpoint: CustomEndpoint | "new" | null; onClose: () => void; onStored: (slug: string, isNew: boolean) => void };

export function EndpointForm({ endpoint, onClose, onStored }: EndpointFormProps) {
  const known = endpoint !== null && endpoint !== "new" ? endpoint : null;
  const [name, setName] = useState(known?.name ?? "");
  const [baseUrl, setBaseUrl] = useState(known?.base_url ?? "");
  const [secret, setSecret] = useState("");
  const [privateNetwork, setPrivateNetwork] = useState(known?.allow_private_network ?? false);
  const [proxy, setProxy] = useState<string>();
  const [enabled, setEnabled] = useState(known?.enabled ?? true);
  const save = useMutation({
    mutationFn: () => {
      const common = { name: name.trim(), base_url: baseUrl.trim(), allow_private_network: privateNetwork, ...(proxy !== undefined && { proxy: proxy || null }) };
      return known
        ? call("patch", "/api/custom-endpoints/{slug}", { path: { slug: known.slug }, body: { ...common, enabled } })
        : call("post", "/api/custom-endpoints", { body: { ...common, ...(secret && { secret }) } });
    },
    onSuccess: async (stored) => {
      toast({ text: `${stored.name} stored.` });
      await reread(keys.custom);
      setName("");
      setBaseUrl("");
      setSecret("");
      onStored(stored.slug, known === null);
    },
  });
  const problem = (param: string) => (save.error instanceof ApiError && save.error.param === param ? save.error.message : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog open={endpoint !== null} onClose={onClose} title={known ? `Edit ${known.name}` : "Add an endpoint"}>
      <form onSubmit={submit} className="grid gap-5">
        <Field label="Name" error={problem("name")}>
          {(attributes) => <Input {...attributes} required maxLength={48} data-autofocus value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Base URL" hint="Up to and including /v1, as its documentation gives it." error={problem("base_url")}>
          {(attributes) => <Input {...attributes} type="url" required placeholder="http://127.0.0.1:8080/v1" className="font-mono" value={baseUrl} onChange={(event) => setBaseUrl(event.target.value)} />}
        </Field>
        {!known && (
          <Field label="API key (optional)" hint="Local servers mostly need none.">
            {(attributes) => <Input {...attributes} type="password" autoComplete="off" className="font-mono" value={secret} onChange={(event) => setSecret(event.target.value)} />}
          </Field>
        )}
        <ProxyField label="Outbound proxy (optional)" stored={known?.proxy ?? null} value={proxy} without="as the network settings say" error={problem("proxy")} onChange={setProxy} />
        <Check label="It is on my own machine or private network" checked={privateNetwork} onChange={setPrivateNetwork} />
        {known && <Check label="Use this endpoint" checked={enabled} onChange={setEnabled} />}
        {save.error && !problem("name") && !problem("base_url") && !problem("proxy") && <p role="alert" className="text-bad">{explainError(save.error)}</p>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={save.isPending}>{known ? "Save" : "Add and discover models"}</Button>
        </div>
      </form>
    </Dialog>
  );
}
