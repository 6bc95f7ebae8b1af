import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { reread } from "../../api/reread";
import type { CustomEndpoint } from "../../api/types";
import { formatTokens, plural } from "../../lib/format";
import { Problem, Waiting } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check } from "../../ui/field";
import { toast } from "../../ui/toast";

export function DiscoverModels({ endpoint, onClose }: { endpoint: CustomEndpoint | null; onClose: () => void }) {
  return (
    <Dialog open={endpoint !== null} onClose={onClose} title={`Models of ${endpoint?.name ?? ""}`}>
      {endpoint && <Found endpoint={endpoint} onClose={onClose} />}
    </Dialog>
  );
}

function Found({ endpoint, onClose }: { endpoint: CustomEndpoint; onClose: () => void }) {
  const found = useQuery({ queryKey: ["discover", endpoint.slug], queryFn: () => call("post", "/api/custom-endpoints/{slug}/discover", { path: { slug: endpoint.slug } }), gcTime: 0, staleTime: 0, retry: false });
  const [picked, setPicked] = useState<Record<string, boolean>>({});
  const has = (id: string) => picked[id] ?? (endpoint.models.length === 0 || endpoint.models.some((model) => model.upstream_id === id));
  const rows = found.data?.data ?? [];
  const chosen = rows.filter((row) => has(row.upstream_id));
  const save = useMutation({
    mutationFn: () => call("patch", "/api/custom-endpoints/{slug}", { path: { slug: endpoint.slug }, body: { models: chosen.map(({ upstream_id, context_window, vision }) => ({ upstream_id, context_window, ...(vision && { vision }) })) } }),
    onSuccess: (stored) => {
      toast({ text: `${stored.name} now serves ${plural(stored.models.length, "model")}.` });
      void reread(keys.custom);
      onClose();
    },
  });
  if (found.isError) return <Problem error={found.error} retry={() => void found.refetch()} />;
  if (found.isPending) return <Waiting rows={4} height="h-9" />;
  return (
    <div className="grid gap-4">
      <p className="text-muted">{rows.length === 0 ? "The endpoint lists no models." : `The endpoint lists ${plural(rows.length, "model")}. Chosen ones join the end of the fallback order.`}</p>
      <ul className="border-t border-line">
        {rows.map((row) => (
          <li key={row.upstream_id} className="flex items-center justify-between gap-4 border-b border-line">
            <Check label={<code className="break-all">{row.upstream_id}</code>} checked={has(row.upstream_id)} onChange={(checked) => setPicked({ ...picked, [row.upstream_id]: checked })} />
            <span className="text-sm whitespace-nowrap text-muted">{row.context_window ? `${formatTokens(row.context_window)} context` : ""}</span>
          </li>
        ))}
      </ul>
      {save.error && <p role="alert" className="text-bad">{explainError(save.error)}</p>}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" busy={save.isPending} disabled={rows.length === 0} onClick={() => save.mutate()}>Use {plural(chosen.length, "model")}</Button>
      </div>
    </div>
  );
}
