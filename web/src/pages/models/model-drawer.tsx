import { RotateCcw } from "lucide-react";
import { call, explainError } from "../../api/client";
import { keys, usePlatforms } from "../../api/queries";
import { put as show, reread } from "../../api/reread";
import type { Model } from "../../api/types";
import { formatCount, formatTokens, limitText } from "../../lib/format";
import { CopyButton, RouteMark, StateWord } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Switch } from "../../ui/field";
import { toast } from "../../ui/toast";
import { LimitEditor } from "./limit-editor";
import { scopeWords, windowWords } from "./limits";

type Named = Model & { platformName: string };

export function ModelDrawer({ model, all, onClose, onOpen }: { model: Named | null; all: Named[]; onClose: () => void; onOpen: (id: number) => void }) {
  return (
    <Dialog open={model !== null} onClose={onClose} title={model?.display_name ?? "Model"} side>
      {model && <Details key={model.id} model={model} siblings={all.filter((row) => row.logical_name === model.logical_name)} onOpen={onOpen} />}
    </Dialog>
  );
}

function Details({ model, siblings, onOpen }: { model: Named; siblings: Named[]; onOpen: (id: number) => void }) {
  const platforms = usePlatforms();
  const shared = platforms.data?.data.find((row) => row.slug === model.platform)?.limits ?? [];
  const can = Object.entries({ "calls tools": model.capabilities.tools, "sees images": model.capabilities.vision, reasons: model.capabilities.reasoning, "follows a JSON schema": model.capabilities.json_schema }).filter(([, yes]) => yes).map(([name]) => name);
  const isEdited = model.limits.some((limit) => limit.source === "user");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
      <div>
        <div className="flex items-center gap-3">
          <RouteMark slug={model.platform} className="h-10 w-1.5" />
          <p className="grow">{model.platformName}<br /><code className="break-all text-muted">{model.platform}/{model.upstream_id}</code></p>
          <CopyButton text={`${model.platform}/${model.upstream_id}`} label="Copy the pinned name" />
          <Switch label={`Use ${model.display_name}`} checked={model.enabled} onChange={(enabled) => void patch(model, { enabled })} />
        </div>
        {model.disabled_reason && <p className="mt-2 text-muted">{model.disabled_reason}</p>}
      </div>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3">
        <Fact name="Context window">{model.context_window ? `${formatTokens(model.context_window)} tokens` : "unknown"}</Fact>
        <Fact name="Longest answer">{model.max_output_tokens ? `${formatTokens(model.max_output_tokens)} tokens` : "unknown"}</Fact>
        <Fact name="Free tokens a month">{model.monthly_token_budget ? `about ${formatCount(model.monthly_token_budget)} a key` : "not known"}</Fact>
        <Fact name="Intelligence">{model.intelligence_rank ? `rank ${model.intelligence_rank}` : "not ranked"}</Fact>
        <Fact name="Speed">{model.speed_rank ? `rank ${model.speed_rank}` : "not ranked"}</Fact>
        <Fact name="Usable keys">{model.usable_keys}</Fact>
        <Fact name="Can" className="col-span-full">{can.length ? can.join(", ") : "plain text only"}</Fact>
      </dl>
      <section>
        <div className="flex items-center justify-between">
          <h3 className="font-semibold">Limits</h3>
          {isEdited && <Button small kind="quiet" icon={RotateCcw} onClick={() => void patch(model, { limits: null })}>Back to the catalog</Button>}
        </div>
        <LimitEditor model={model} onSave={(limits) => patch(model, { limits })} />
        {shared.length > 0 && (
          <ul className="mt-3 text-sm text-muted">
            {shared.map((limit) => <li key={`${limit.metric}/${limit.window}`}>And {limitText(limit.metric, limit.window, limit.count)} {scopeWords[limit.scope]}, {windowWords[limit.reset]}.</li>)}
          </ul>
        )}
      </section>
      <section>
        <h3 className="font-semibold">Served by</h3>
        <p className="text-sm text-muted">Clients may ask for <code>{model.logical_name}</code>; it then goes to whichever of these is free.</p>
        <ul className="mt-2 border-t border-line">
          {siblings.map((row) => (
            <li key={row.id} className="flex items-center gap-3 border-b border-line py-2">
              <RouteMark slug={row.platform} />
              <button type="button" disabled={row.id === model.id} onClick={() => onOpen(row.id)} className="min-w-0 grow truncate text-left underline decoration-edge underline-offset-3 disabled:no-underline">{row.platformName} <code className="text-muted">{row.upstream_id}</code></button>
              <span className="text-sm text-muted">number {row.position + 1}</span>
              {row.enabled && row.usable_keys > 0 ? <StateWord tone="good">Usable</StateWord> : <StateWord tone="muted">{row.enabled ? "No key" : "Off"}</StateWord>}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Fact({ name, className, children }: { name: string; className?: string; children: React.ReactNode }) {
  return <div className={className}><dt className="text-sm text-muted">{name}</dt><dd>{children}</dd></div>;
}

type ModelPatch = { enabled?: boolean; limits?: { metric: Model["limits"][number]["metric"]; window: Model["limits"][number]["window"]; count: number | null }[] | null };

async function patch(model: Model, body: ModelPatch): Promise<boolean> {
  const put = (row: Model) => show<{ data: Model[] }>(keys.models, ({ data }) => ({ data: data.map((other) => (other.id === row.id ? row : other)) }));
  if (body.enabled !== undefined) put({ ...model, enabled: body.enabled });
  try {
    put(await call("patch", "/api/models/{id}", { path: { id: model.id }, body }));
    if (body.limits !== undefined) toast({ text: body.limits === null ? "The catalog's limits are in force again." : "Limits saved. The next request follows them." });
    return true;
  } catch (error) {
    put(model);
    toast({ tone: "bad", text: `Not changed: ${explainError(error)}` });
    return false;
  } finally {
    void reread(keys.models);
  }
}
