import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import type { LimitEdit, Model, ModelLimit } from "../../api/types";
import { formatCount, limitName } from "../../lib/format";
import { Tag } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Input, Select } from "../../ui/field";
import { limitId, windowWords } from "./limits";

const kKinds = (["requests/minute", "requests/hour", "requests/day", "requests/month", "tokens/minute", "tokens/day", "tokens/month"] as const).map((id) => {
  const [metric, window] = id.split("/") as [ModelLimit["metric"], ModelLimit["window"]];
  return { id, metric, window };
});

/** Only what differs from what is stored is sent; an emptied field goes back to the catalog's figure. */
export function changedLimits(limits: ModelLimit[], typed: Record<string, string>): LimitEdit[] {
  return Object.entries(typed).flatMap(([id, text]) => {
    const [metric, window] = id.split("/") as [ModelLimit["metric"], ModelLimit["window"]];
    const stored = limits.find((limit) => limitId(limit) === id);
    const digits = text.replace(/\D/g, "");
    const count = digits === "" ? null : Number(digits);
    return count === (stored?.count ?? null) ? [] : [{ metric, window, count }];
  });
}

export function LimitEditor({ model, onSave }: { model: Model; onSave: (limits: LimitEdit[]) => Promise<boolean> }) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const stored = model.limits.map(limitId);
  const rows = [...model.limits.map((limit) => ({ id: limitId(limit), metric: limit.metric, window: limit.window, limit })), ...kKinds.filter((kind) => kind.id in typed && !stored.includes(kind.id)).map((kind) => ({ ...kind, limit: undefined }))];
  const free = kKinds.filter((kind) => !stored.includes(kind.id) && !(kind.id in typed));
  const changes = changedLimits(model.limits, typed);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    if (await onSave(changes)) setTyped({});
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void save(event)} className="mt-2">
      {rows.length === 0 && <p className="text-muted">None of its own are published.</p>}
      <ul>
        {rows.map(({ id, metric, window, limit }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2">
            <Input aria-label={`${limitName(metric, window)}`} inputMode="numeric" value={typed[id] ?? String(limit?.count ?? "")} onChange={(event) => setTyped({ ...typed, [id]: event.target.value })} className="w-32 text-right tabular-nums" />
            <span className="grow">{limitName(metric, window)}{limit && window !== "minute" && <span className="text-sm text-muted">, {windowWords[limit.reset]}</span>}</span>
            {limit?.source === "user" && <Tag>edited{limit.catalog_count !== null && `, catalog says ${formatCount(limit.catalog_count)}`}</Tag>}
            {limit?.source === "learned" && <Tag>stated by the provider</Tag>}
          </li>
        ))}
      </ul>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {free.length > 0 && (
          <Select aria-label="Add a limit" value="" onChange={(event) => setTyped({ ...typed, [event.target.value]: "" })}>
            <option value="">Add a limit…</option>
            {free.map((kind) => <option key={kind.id} value={kind.id}>{limitName(kind.metric, kind.window)}</option>)}
          </Select>
        )}
        {changes.length > 0 && (
          <>
            <Button type="submit" kind="primary" busy={busy} icon={Plus}>Save limits</Button>
            <Button onClick={() => setTyped({})}>Discard</Button>
          </>
        )}
      </div>
    </form>
  );
}
