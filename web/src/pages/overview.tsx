import { Suspense, lazy, useState } from "react";
import { useFallback, useSummary, useTimeline } from "../api/queries";
import type { Range } from "../api/types";
import { Problem } from "../ui/bits";
import { Page, Section } from "../ui/page";
import { Segmented } from "../ui/segmented";
import { Budgets } from "./overview/budgets";
import { Cooldowns } from "./overview/cooldowns";
import { Figures } from "./overview/figures";
import { NextRoute } from "./overview/next-route";
import { Sources } from "./overview/sources";
import { StepsNote } from "./overview/steps-note";
import { Traffic } from "./overview/traffic";

const TimelineChart = lazy(() => import("./overview/timeline-chart"));

export const kRanges: { value: Range; label: string; name: string }[] = [
  { value: "1h", label: "1 h", name: "Last hour" },
  { value: "24h", label: "24 h", name: "Last 24 hours" },
  { value: "7d", label: "7 d", name: "Last 7 days" },
  { value: "30d", label: "30 d", name: "Last 30 days" },
];

export function Overview() {
  const [range, setRange] = useState<Range>("24h");
  const fallback = useFallback();
  const summary = useSummary(range);
  const timeline = useTimeline(range);
  return (
    <Page title="Overview">
      <StepsNote />
      {fallback.isLoadingError ? <Problem error={fallback.error} retry={() => void fallback.refetch()} /> : <NextRoute fallback={fallback.data} />}
      <Traffic />
      <Section title="How it went" className="mt-12" actions={<Segmented label="Time span" value={range} options={kRanges} onChange={setRange} />}>
        {summary.isLoadingError ? <Problem error={summary.error} retry={() => void summary.refetch()} /> : <Figures summary={summary.data} />}
        <div className="mt-6 h-56">
          {timeline.data && timeline.data.points.some((point) => point.requests > 0) ? (
            <Suspense fallback={<div className="skeleton h-full" />}>
              <TimelineChart timeline={timeline.data} />
            </Suspense>
          ) : (
            <p className="grid h-full place-items-center rounded-lg border border-dashed border-edge text-muted">{timeline.isPending ? "" : "No requests in this time span yet."}</p>
          )}
        </div>
      </Section>
      <div className="mt-12 grid grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-12 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Budgets />
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-12">
          <Cooldowns />
          <Sources range={range} />
        </div>
      </div>
    </Page>
  );
}
