import { Pencil, Plug, Plus, Radar, Trash2 } from "lucide-react";
import { useState } from "react";
import { call, explainError } from "../../api/client";
import { keys as queryKeys, useCustomEndpoints } from "../../api/queries";
import { reread } from "../../api/reread";
import type { CustomEndpoint, Key } from "../../api/types";
import { plural } from "../../lib/format";
import { Empty, Problem, RouteMark, StateWord, Tag } from "../../ui/bits";
import { Button, IconButton } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { Section } from "../../ui/page";
import { toast } from "../../ui/toast";
import { EndpointForm } from "./endpoint-form";
import { DiscoverModels } from "./discover-models";
import { KeyRow } from "./key-row";

/** Anything that speaks OpenAI's API: a local server, another gateway, a relay. */
export function CustomEndpoints({ keys, onAddKey }: { keys: Key[]; onAddKey: (slug: string) => void }) {
  const endpoints = useCustomEndpoints();
  const [editing, setEditing] = useState<CustomEndpoint | "new" | null>(null);
  const [discovering, setDiscovering] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<CustomEndpoint | null>(null);
  const rows = endpoints.data?.data ?? [];
  const remove = async () => {
    try {
      await call("delete", "/api/custom-endpoints/{slug}", { path: { slug: deleting!.slug } });
      toast({ text: `${deleting!.name} deleted.` });
      await reread(queryKeys.custom);
    } catch (error) {
      toast({ tone: "bad", text: explainError(error) });
    }
    setDeleting(null);
  };
  return (
    <Section title="Your own endpoints" note="Anything that speaks the OpenAI API: llama.cpp, vLLM, Ollama, another gateway" actions={rows.length > 0 && <Button small icon={Plus} onClick={() => setEditing("new")}>Add an endpoint</Button>}>
      {endpoints.isLoadingError && <Problem error={endpoints.error} retry={() => void endpoints.refetch()} />}
      {endpoints.data && rows.length === 0 && (
        <Empty icon={Plug} title="No endpoint of your own yet" action={<Button kind="primary" icon={Plus} onClick={() => setEditing("new")}>Add an endpoint</Button>}>
          A model server on your own machine makes a fine last resort: it never runs out of quota.
        </Empty>
      )}
      <ul className={rows.length ? "border-t border-line" : ""}>
        {rows.map((row) => (
          <li key={row.slug} className="flex gap-3 border-b border-line py-4">
            <RouteMark slug={row.slug} className="w-1.5 self-stretch" />
            <div className="min-w-0 grow">
              <h3 className="flex flex-wrap items-center gap-2 font-semibold">{row.name}{row.fixed && <Tag>from the configuration file</Tag>}{!row.enabled && <StateWord tone="muted">Off</StateWord>}</h3>
              <p className="text-sm break-all text-muted"><code>{row.base_url}</code></p>
              <p className="mt-1 text-sm text-muted">{row.models.length ? `${plural(row.models.length, "model")}: ${row.models.slice(0, 4).map((model) => model.upstream_id).join(", ")}${row.models.length > 4 ? ", …" : ""}` : "No models yet: discover them."}</p>
              <ul>{keys.filter((key) => key.platform === row.slug).map((key) => <KeyRow key={key.id} stored={key} />)}</ul>
              <div className="mt-2 flex flex-wrap gap-2">
                <Button small icon={Radar} onClick={() => setDiscovering(row.slug)} disabled={row.fixed}>Discover models</Button>
                <Button small icon={Plus} onClick={() => onAddKey(row.slug)}>Add a key<span className="sr-only"> for {row.name}</span></Button>
              </div>
            </div>
            {!row.fixed && (
              <span className="flex">
                <IconButton label={`Edit ${row.name}`} icon={Pencil} onClick={() => setEditing(row)} />
                <IconButton label={`Delete ${row.name}`} icon={Trash2} onClick={() => setDeleting(row)} />
              </span>
            )}
          </li>
        ))}
      </ul>
      <EndpointForm key={editing === null || editing === "new" ? "new" : editing.slug} endpoint={editing} onClose={() => setEditing(null)} onStored={(slug, isNew) => { setEditing(null); if (isNew) setDiscovering(slug); }} />
      <DiscoverModels endpoint={rows.find((row) => row.slug === discovering) ?? null} onClose={() => setDiscovering(null)} />
      <Confirm open={deleting !== null} title={`Delete ${deleting?.name ?? ""}?`} action="Delete endpoint" onClose={() => setDeleting(null)} onConfirm={() => void remove()}>
        Its models leave the fallback order and its keys are wiped. Requests that are running finish.
      </Confirm>
    </Section>
  );
}
