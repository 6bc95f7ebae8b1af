import { formatDuration, formatPercent, plural } from "../../lib/format";
import { hueOf } from "../../lib/hue";
import type { Phase, Shot, Totals } from "../../lib/stress";
import { RouteMark } from "../../ui/bits";

/** One tick a request, in the colour of who served it; a gap waits, a red tick failed. */
export function PhaseBar({ shots, planned }: { shots: Shot[]; planned: number }) {
  const byNumber = new Map(shots.map((shot) => [shot.number, shot]));
  return (
    <div role="img" aria-label={`${shots.length} of ${planned} requests answered`} className="flex h-10 gap-px overflow-hidden rounded-md bg-sunken">
      {Array.from({ length: planned }, (_, index) => {
        const shot = byNumber.get(index + 1);
        const look = !shot ? "" : shot.status === 200 ? "route-mark" : "bg-bad";
        return <span key={index} title={shot ? `${shot.number}: ${shot.model ?? shot.error}, ${formatDuration(shot.duration_ms)}` : undefined} className={`min-w-px grow ${look}`} style={shot?.platform ? ({ "--hue": hueOf(shot.platform) } as React.CSSProperties) : undefined} />;
      })}
    </div>
  );
}

export function TotalsRow({ totals }: { totals: Totals }) {
  const figures: [string, string, string][] = [
    ["Answered", totals.sent ? formatPercent(totals.succeeded / totals.sent) : "–", `${totals.succeeded} of ${totals.sent}`],
    ["429s to the client", String(totals.rateLimited), totals.otherErrors ? plural(totals.otherErrors, "other error") : "no other errors"],
    ["Failovers", String(totals.failovers), `${plural(totals.attempts, "attempt")} in all`],
    ["Models that served", String(totals.models), ""],
    ["Latency, median", formatDuration(totals.median_ms), `95 % within ${formatDuration(totals.p95_ms)}`],
  ];
  return (
    <dl className="mt-5 grid grid-cols-2 gap-y-4 border-y border-line py-4 sm:grid-cols-3 lg:grid-cols-5">
      {figures.map(([name, value, note]) => (
        <div key={name} className="border-line pr-4 lg:border-l lg:pl-4 lg:first:border-l-0 lg:first:pl-0">
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="text-2xl font-semibold tracking-tight tabular-nums">{value}</dd>
          <dd className="text-sm text-muted">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

const kHead = ["Phase", "Served by", "Requests", "Count", "Answered", "Failovers", "Mean latency"];

export function PhaseTable({ phases, name }: { phases: Phase[]; name: (slug: string) => string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable
    <div className="scroll-fade" tabIndex={0} role="region" aria-label="Phases">
      <table className="w-full text-left">
        <thead>
          <tr className="border-b border-edge text-sm text-muted">{kHead.map((name, index) => <th key={name} scope="col" className={`py-2 pr-4 font-normal whitespace-nowrap ${index > 2 ? "text-right" : ""}`}>{name}</th>)}</tr>
        </thead>
        <tbody className="tabular-nums">
          {phases.map((phase, index) => (
            <tr key={index} className="border-b border-line">
              <td className="py-2 pr-4">{index + 1}</td>
              <td className="py-2 pr-4"><span className="inline-flex items-center gap-2 whitespace-nowrap"><RouteMark slug={phase.platform} />{phase.model} <span className="text-muted">{name(phase.platform)}</span></span></td>
              <td className="py-2 pr-4 whitespace-nowrap">{phase.first === phase.last ? phase.first : `${phase.first}–${phase.last}`}</td>
              <td className="py-2 pr-4 text-right">{phase.requests}</td>
              <td className="py-2 pr-4 text-right">{phase.succeeded}</td>
              <td className="py-2 pr-4 text-right">{phase.failovers}</td>
              <td className="py-2 pr-4 text-right">{formatDuration(phase.mean_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
