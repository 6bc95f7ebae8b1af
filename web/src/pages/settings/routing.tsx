import type { Settings, Strategy } from "../../api/types";
import { strategyWords } from "../../lib/words";
import { Check } from "../../ui/field";
import { Block, DurationField, NumberField, SaveBar, useGroup } from "./block";

export function RoutingSection({ settings }: { settings: Settings }) {
  const group = useGroup(settings, "routing");
  const { values, defaults, set, lockOf } = group;
  const strategies = Object.entries(strategyWords) as [Strategy, { name: string; text: string }][];
  return (
    <Block title="Routing" note="How the next model is chosen, and how long a request may look for one.">
      <form onSubmit={group.save}>
        <fieldset disabled={lockOf("strategy") !== null} className="mb-6">
          <legend className="mb-2 font-medium">Strategy{lockOf("strategy") && <span className="font-normal text-muted"> – fixed by the {lockOf("strategy")}</span>}</legend>
          <div className="border-t border-line">
            {strategies.map(([strategy, { name, text }]) => (
              // eslint-disable-next-line jsx-a11y/label-has-associated-control -- its text lies two spans deep
              <label key={strategy} className="flex items-baseline gap-3 border-b border-line px-3 py-2.5 has-checked:bg-accent-soft">
                <input type="radio" name="strategy" value={strategy} checked={values.strategy === strategy} onChange={() => set({ strategy })} className="accent-(--accent)" />
                <span>
                  <span className="font-medium">{name}</span> <span className="text-muted">– {text}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">
          <NumberField label="Attempts at most" min={1} max={100} value={values.max_attempts} fallback={defaults.max_attempts} locked={lockOf("max_attempts")} onChange={(max_attempts) => set({ max_attempts })} />
          <DurationField label="Time for all attempts" value={values.total_timeout_ms} fallback={defaults.total_timeout_ms} locked={lockOf("total_timeout_ms")} onChange={(total_timeout_ms) => set({ total_timeout_ms })} />
          <NumberField label="Places back for a rate limit" value={values.penalty_per_rate_limit} fallback={defaults.penalty_per_rate_limit} locked={lockOf("penalty_per_rate_limit")} onChange={(penalty_per_rate_limit) => set({ penalty_per_rate_limit })} />
          <NumberField label="Places back at most" value={values.penalty_max} fallback={defaults.penalty_max} locked={lockOf("penalty_max")} onChange={(penalty_max) => set({ penalty_max })} />
          <DurationField label="One place forward after" value={values.penalty_decay_ms} fallback={defaults.penalty_decay_ms} locked={lockOf("penalty_decay_ms")} onChange={(penalty_decay_ms) => set({ penalty_decay_ms })} />
          <DurationField label="A conversation keeps its model for" value={values.sticky_ttl_ms} fallback={defaults.sticky_ttl_ms} locked={lockOf("sticky_ttl_ms")} onChange={(sticky_ttl_ms) => set({ sticky_ttl_ms })} />
          <DurationField label="Wait for a free slot" zero="not at all" hint="Instead of answering 429." value={values.max_wait_ms} fallback={defaults.max_wait_ms} locked={lockOf("max_wait_ms")} onChange={(max_wait_ms) => set({ max_wait_ms })} />
        </div>
        <div className="mt-4"><Check label="Use platforms that need no key" checked={values.keyless} disabled={lockOf("keyless") !== null} onChange={(keyless) => set({ keyless })} /></div>
        <SaveBar group={group} />
      </form>
    </Block>
  );
}
