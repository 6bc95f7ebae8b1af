import { Eye, KeyRound, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import type { Platform } from "../../api/types";
import { kNoFilter, type Filter } from "../../lib/order";
import { formatWhole } from "../../lib/format";
import { Button } from "../../ui/button";
import { SearchBox, Select } from "../../ui/field";

type FiltersProps = { filter: Filter; onChange: (filter: Filter) => void; platforms: Platform[]; shown: number; total: number };

export function Filters({ filter, onChange, platforms, shown, total }: FiltersProps) {
  const set = (part: Partial<Filter>) => onChange({ ...filter, ...part });
  const isSet = JSON.stringify(filter) !== JSON.stringify(kNoFilter);
  return (
    <div role="search" aria-label="Filter the models" className="mb-4 flex flex-wrap items-center gap-2">
      <SearchBox label="Find a model" value={filter.text} onChange={(text) => set({ text })} className="w-full sm:w-56" />
      <div className="-mx-4 flex max-w-[calc(100%+2rem)] scroll-fade gap-2 px-4 py-1 sm:mx-0 sm:max-w-full sm:flex-wrap sm:overflow-visible sm:p-0">
      <Select className="shrink-0" aria-label="Platform" value={filter.platform} onChange={(event) => set({ platform: event.target.value })}>
        <option value="">Every platform</option>
        {platforms.map((platform) => <option key={platform.slug} value={platform.slug}>{platform.name}</option>)}
      </Select>
      <Select className="shrink-0" aria-label="Context window" value={filter.context} onChange={(event) => set({ context: Number(event.target.value) })}>
        <option value={0}>Any context</option>
        <option value={32_000}>32 k and more</option>
        <option value={128_000}>128 k and more</option>
        <option value={250_000}>256 k and more</option>
        <option value={1_000_000}>1 M and more</option>
      </Select>
      <Toggle on={filter.tools} onChange={(tools) => set({ tools })}><Wrench size={15} aria-hidden />Tools</Toggle>
      <Toggle on={filter.vision} onChange={(vision) => set({ vision })}><Eye size={15} aria-hidden />Vision</Toggle>
      <Toggle on={filter.hasKey} onChange={(hasKey) => set({ hasKey })}><KeyRound size={15} aria-hidden />Has a key</Toggle>
      </div>
      {isSet && <Button small kind="quiet" onClick={() => onChange(kNoFilter)}>Clear</Button>}
      <p role="status" className="ml-auto text-sm text-muted">{shown === total ? `${formatWhole(total)} models` : `${formatWhole(shown)} of ${formatWhole(total)} models`}</p>
    </div>
  );
}

export function Toggle({ on, onChange, children }: { on: boolean; onChange: (on: boolean) => void; children: ReactNode }) {
  return (
    <button type="button" aria-pressed={on} onClick={() => onChange(!on)} className="inline-flex min-h-10 shrink-0 items-center whitespace-nowrap gap-2 rounded-md border border-line bg-surface px-3 hover:border-edge aria-pressed:border-accent aria-pressed:bg-accent-soft">
      {children}
    </button>
  );
}
