import { Link } from "wouter";
import type { Served } from "../lib/chat";
import { formatCount, formatDuration, plural } from "../lib/format";
import { RouteMark } from "./bits";

/** Who answered and how fast, under each answer. */
export function ServedLine({ served }: { served: Partial<Served> }) {
  const rate = served.completionTokens && served.totalMs && served.totalMs > (served.ttftMs ?? 0) ? served.completionTokens / ((served.totalMs - (served.ttftMs ?? 0)) / 1000) : null;
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-sm text-muted">
      {served.platform && <span className="inline-flex min-w-0 items-baseline gap-1.5"><RouteMark slug={served.platform} className="h-3.5 w-1.5 self-center" /><code className="break-all">{served.platform}/{served.model}</code></span>}
      {served.ttftMs != null && <span>first token {formatDuration(served.ttftMs)}</span>}
      {served.totalMs != null && <span>{formatDuration(served.totalMs)} in all</span>}
      {served.completionTokens != null && <span>{formatCount(served.completionTokens)} tokens{rate ? `, ${Math.round(rate)} a second` : ""}</span>}
      {Boolean(served.failovers) && <span className="text-warn" title={served.trail ?? undefined}>after {plural(served.failovers!, "failover")}</span>}
      {served.requestId && <Link href={`/requests/${served.requestId}`} className="underline decoration-edge underline-offset-3 hover:text-text">why this one?</Link>}
    </p>
  );
}
