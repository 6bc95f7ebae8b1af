import { memo } from "react";
import { Link } from "wouter";
import type { RequestRow } from "../../api/types";
import { formatCount, formatDuration, plural } from "../../lib/format";
import { outcomeWords, requestName } from "../../lib/words";
import { Ago, RouteMark, StateWord } from "../../ui/bits";

const kColumns = "grid min-w-0 grow grid-cols-[5.5rem_minmax(0,1fr)_9rem_7rem_7rem_8rem_5.5rem] items-center gap-4 max-lg:grid-cols-[5.5rem_minmax(0,1fr)_7rem_6rem_5.5rem]";

/** What stands in which column of a wide list. */
export function RequestHead() {
  return (
    <p className="flex items-center gap-3 py-2 text-sm text-muted">
      <span className="w-1.5 shrink-0" />
      <span className={kColumns}>
        <span>Began</span>
        <span>Served by</span>
        <span className="hidden lg:block">Asked for</span>
        <span>Outcome</span>
        <span>Failover</span>
        <span className="hidden text-right lg:block">Tokens in → out</span>
        <span className="text-right">Took</span>
      </span>
    </p>
  );
}

type RequestLineProps = { row: RequestRow; top: number; height: number; wide: boolean; platform: string; href: string; position: number; total: number };

export const RequestLine = memo(function RequestLine({ row, top, height, wide, platform, href, position, total }: RequestLineProps) {
  const outcome = outcomeWords[row.outcome];
  const name = requestName(row);
  const aside = platform || (row.upstream_id || row.model_requested ? row.error_code : null);
  const tokens = row.completion_tokens === null ? "–" : `${formatCount(row.prompt_tokens ?? 0)} → ${formatCount(row.completion_tokens)}`;
  const tries = row.attempts > 1 ? plural(row.attempts - 1, "failover") : "";
  return (
    <div role="listitem" aria-posinset={position} aria-setsize={total} className="absolute inset-x-0 border-b border-line" style={{ top, height }}>
      <Link href={href} className="flex h-full items-center gap-3 hover:bg-sunken focus-visible:-outline-offset-2">
        <RouteMark slug={row.platform ?? ""} className={wide ? "h-5 w-1.5" : "h-11 w-1.5"} />
        {wide ? (
          <span className={kColumns}>
            <span className="text-muted"><Ago at={row.started_at} /></span>
            <span className="truncate">{name}{aside && <span className="text-muted"> · {aside}</span>}</span>
            <span className="hidden truncate text-sm text-muted lg:block">{row.model_requested === "auto" ? "auto" : row.model_requested}</span>
            <StateWord tone={outcome.tone} pulse={row.outcome === "running"}>{outcome.text}{row.status !== null && row.status !== 200 ? ` ${row.status}` : ""}</StateWord>
            <span className="text-sm whitespace-nowrap text-warn">{tries}</span>
            <span className="hidden text-right text-sm text-muted tabular-nums lg:block">{tokens}</span>
            <span className="text-right tabular-nums">{formatDuration(row.duration_ms)}</span>
          </span>
        ) : (
          <span className="min-w-0 grow">
            <span className="flex justify-between gap-3"><span className="truncate font-medium">{name}</span><span className="tabular-nums">{formatDuration(row.duration_ms)}</span></span>
            <span className="flex items-center justify-between gap-3 text-sm text-muted">
              <span className="flex min-w-0 items-center gap-2"><StateWord tone={outcome.tone}>{outcome.text}</StateWord><span className={`truncate ${tries ? "text-warn" : ""}`}>{tries || aside}</span></span>
              <Ago at={row.started_at} />
            </span>
          </span>
        )}
      </Link>
    </div>
  );
});
