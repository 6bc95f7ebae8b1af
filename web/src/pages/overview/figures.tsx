import type { ReactNode } from "react";
import type { AnalyticsSummary } from "../../api/types";
import { formatCount, formatDuration, formatPercent, formatUsd, formatWhole, plural } from "../../lib/format";

/** The few numbers that say whether the pool is well, set as text between hairlines. */
export function Figures({ summary }: { summary: AnalyticsSummary | undefined }) {
  if (!summary) return <div className="skeleton h-28" />;
  const { current: now, previous: before } = summary;
  return (
    <dl className="grid grid-cols-2 gap-y-6 border-y border-line py-4 md:grid-cols-3 lg:grid-cols-5">
      <Figure name="Requests" value={formatCount(now.requests)} note={`${now.rejected > 0 ? `${formatCount(now.rejected)} rejected, ` : ""}${change(now.requests, before.requests)}`} />
      <Figure name="Answered" value={formatPercent(now.succeeded + now.failed > 0 ? now.success_rate : null)} note={`${plural(now.failed, "failure")}, ${plural(now.failovers, "saved by failover", "saved by failover")}`} />
      <Figure name="Tokens" value={formatCount(now.prompt_tokens + now.completion_tokens)} note={`${formatCount(now.prompt_tokens)} in, ${formatCount(now.completion_tokens)} out${now.cost_saved_usd === null ? "" : `, worth ${formatUsd(now.cost_saved_usd)} at your price`}`} />
      <Figure name="Latency, median" value={formatDuration(now.latency_ms.p50)} note={spread(now.latency_ms)} />
      <Figure name="First token, median" value={formatDuration(now.ttft_ms.p50)} note={spread(now.ttft_ms)} />
    </dl>
  );
}

const spread = ({ p50, p95, p99 }: AnalyticsSummary["current"]["latency_ms"]): string => (p50 === null ? "nothing measured" : `95 % within ${formatDuration(p95)}, 99 % within ${formatDuration(p99)}`);

function Figure({ name, value, note }: { name: string; value: string; note: ReactNode }) {
  return (
    <div className="border-line pr-4 lg:border-l lg:pl-4 lg:first:border-l-0 lg:first:pl-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="text-2xl font-semibold tracking-tight tabular-nums">{value}</dd>
      <dd className="text-sm text-muted">{note}</dd>
    </div>
  );
}

export function change(now: number, before: number): string {
  if (before === 0) return now === 0 ? "none before either" : "none in the span before";
  const share = (now - before) / before;
  if (Math.abs(share) < 0.005) return "as many as before";
  return `${formatWhole(Math.abs(Math.round(share * 100)))} % ${share > 0 ? "more" : "fewer"} than before`;
}
