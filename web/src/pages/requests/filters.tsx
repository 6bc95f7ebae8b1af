import { Shuffle } from "lucide-react";
import { useModels, usePlatforms, type RequestFilter } from "../../api/queries";
import type { Outcome } from "../../api/types";
import { outcomeWords } from "../../lib/words";
import { Button } from "../../ui/button";
import { Select } from "../../ui/field";
import { Toggle } from "../fallback/filters";

const kOutcomes: Outcome[] = ["succeeded", "failed", "rejected", "cancelled"];

export function RequestFilters({ filter, onChange }: { filter: RequestFilter; onChange: (filter: RequestFilter) => void }) {
  const platforms = usePlatforms();
  const models = useModels();
  const choices = models.data?.data.filter((model) => (!filter.platform || model.platform === filter.platform) && model.enabled) ?? [];
  return (
    <div role="search" aria-label="Filter the requests" className="-mx-4 mb-3 flex scroll-fade items-center gap-2 px-4 py-1 sm:mx-0 sm:flex-wrap sm:overflow-visible sm:px-0">
      <Select className="shrink-0" aria-label="Platform" value={filter.platform ?? ""} onChange={(event) => onChange({ ...filter, platform: event.target.value || undefined, model_id: undefined })}>
        <option value="">Every platform</option>
        {platforms.data?.data.map((row) => <option key={row.slug} value={row.slug}>{row.name}</option>)}
      </Select>
      <Select aria-label="Model" className="max-w-60 shrink-0" value={filter.model_id ?? ""} onChange={(event) => onChange({ ...filter, model_id: Number(event.target.value) || undefined })}>
        <option value="">Every model</option>
        {choices.map((model) => <option key={model.id} value={model.id}>{model.upstream_id}</option>)}
      </Select>
      <Select className="shrink-0" aria-label="Outcome" value={filter.outcome ?? ""} onChange={(event) => onChange({ ...filter, outcome: (event.target.value || undefined) as Outcome | undefined })}>
        <option value="">Every outcome</option>
        {kOutcomes.map((outcome) => <option key={outcome} value={outcome}>{outcomeWords[outcome].text}</option>)}
      </Select>
      <Toggle on={filter.failover ?? false} onChange={(failover) => onChange({ ...filter, failover: failover || undefined })}><Shuffle size={15} aria-hidden />With failover</Toggle>
      {Object.values(filter).some(Boolean) && <Button small kind="quiet" onClick={() => onChange({})}>Clear</Button>}
    </div>
  );
}
