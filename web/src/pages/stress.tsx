import { Gauge, Play, Square } from "lucide-react";
import { lazy, Suspense, useMemo, type FormEvent } from "react";
import { usePlatforms } from "../api/queries";
import { useStored } from "../lib/hooks";
import { phasesOf, totalsOf, type Plan } from "../lib/stress";
import { Empty } from "../ui/bits";
import { Button } from "../ui/button";
import { Field, Input, Select } from "../ui/field";
import { ModelPicker } from "../ui/model-picker";
import { Page, Section } from "../ui/page";
import { PhaseBar, PhaseTable, TotalsRow } from "./stress/phases";
import { ExportShots } from "./stress/export";
import { start, stop, useRun } from "./stress/run";

const LatencyPlot = lazy(() => import("./stress/latency-plot"));
const kPlan: Plan = { count: 100, delay_ms: 200, model: "auto", prompt: "Reply with one short sentence.", max_tokens: 32 };

export default function Stress() {
  const [plan, setPlan] = useStored<Plan>("stress", kPlan);
  const run = useRun();
  const platforms = usePlatforms();
  const name = useMemo(() => {
    const names = new Map(platforms.data?.data.map((row) => [row.slug, row.name]));
    return (slug: string) => names.get(slug) ?? slug;
  }, [platforms.data]);
  const phases = useMemo(() => phasesOf(run.shots), [run.shots]);
  const totals = useMemo(() => totalsOf(run.shots), [run.shots]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start(plan);
  };
  return (
    <Page title="Stress test" full lead="Many requests in a row: watch the pool move from model to model as each one's free limit is reached. It spends real quota.">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <Field label="Requests">
          {(attributes) => <Input {...attributes} type="number" min={1} max={1000} required className="w-28" value={plan.count || ""} onChange={(event) => setPlan({ ...plan, count: event.target.valueAsNumber || 0 })} />}
        </Field>
        <Field label="Delay between them">
          {(attributes) => (
            <Select {...attributes} value={plan.delay_ms} onChange={(event) => setPlan({ ...plan, delay_ms: Number(event.target.value) })}>
              {[0, 50, 100, 200, 500, 1000, 2000, 5000].map((ms) => <option key={ms} value={ms}>{ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}</option>)}
            </Select>
          )}
        </Field>
        <Field label="Model" className="max-sm:w-full">{() => <ModelPicker value={plan.model} onChange={(model) => setPlan({ ...plan, model })} className="w-full sm:max-w-64" />}</Field>
        <Field label="Prompt" className="min-w-56 grow">
          {(attributes) => <Input {...attributes} required value={plan.prompt} onChange={(event) => setPlan({ ...plan, prompt: event.target.value })} />}
        </Field>
        {run.isBusy ? <Button icon={Square} onClick={stop}>Stop</Button> : <Button type="submit" kind="primary" icon={Play}>Start</Button>}
      </form>
      <div className="mt-8">
        {run.shots.length === 0 && !run.isBusy && <Empty icon={Gauge} title="No run yet">A hundred requests, 0.2 seconds apart, is a fair test of a handful of keys.</Empty>}
        {(run.shots.length > 0 || run.isBusy) && (
          <>
            <p role="status" className="mb-2 text-muted">{run.isBusy ? `${run.shots.length} of ${run.planned} answered…` : `Done: ${run.shots.length} of ${run.planned} requests.`}</p>
            <PhaseBar shots={run.shots} planned={run.planned} />
            <TotalsRow totals={totals} />
            <Section title="Latency" note="Each dot is one request" className="mt-10">
              <div className="h-56"><Suspense fallback={<div className="skeleton h-full" />}><LatencyPlot shots={run.shots} name={name} /></Suspense></div>
            </Section>
            <Section title="Phases" actions={<ExportShots shots={run.shots} phases={phases} totals={totals} />}>
              <PhaseTable phases={phases} name={name} />
            </Section>
          </>
        )}
      </div>
    </Page>
  );
}
