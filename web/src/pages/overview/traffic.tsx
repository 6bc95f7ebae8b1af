import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { useFeed } from "../../api/events";
import { usePlatforms, useRecentRequests } from "../../api/queries";
import type { RequestRow } from "../../api/types";
import { formatDuration, plural } from "../../lib/format";
import { hueOf } from "../../lib/hue";
import { outcomeWords, requestName } from "../../lib/words";
import { Ago, RouteMark } from "../../ui/bits";

const kShown = 60;

/** Log scale: a quarter second is a stub, ten seconds are the full height. */
export function barHeight(duration_ms: number | null): number {
  if (duration_ms === null) return 0.3;
  return Math.min(1, Math.max(0.08, Math.log10(duration_ms / 250) / Math.log10(40)));
}

/** The last requests as they come in, one bar each in its platform's colour. */
export function Traffic() {
  const { requests } = useFeed();
  const recent = useRecentRequests(kShown);
  const rows = useMemo(() => {
    const live = new Set(requests.map((row) => row.id));
    return [...requests, ...(recent.data?.data ?? []).filter((row) => !live.has(row.id))].sort((a, b) => b.started_at.localeCompare(a.started_at)).slice(0, kShown);
  }, [requests, recent.data]);
  return (
    <section aria-labelledby="traffic-title" className="mt-10">
      <header className="mb-2 flex items-baseline justify-between gap-4">
        <h2 id="traffic-title" className="text-lg font-semibold">Traffic</h2>
        <Link href="/requests" className="text-sm text-muted underline decoration-edge underline-offset-3 hover:text-text">All requests</Link>
      </header>
      <Strip rows={rows} />
      <Ticker rows={rows.slice(0, 5)} loading={recent.isPending} />
    </section>
  );
}

function Strip({ rows }: { rows: RequestRow[] }) {
  const slots = [...rows].reverse();
  return (
    <div aria-hidden className="flex h-20 items-end justify-end gap-[2px] overflow-hidden border-b border-edge sm:gap-[3px]">
      {slots.map((row) => {
        const failed = row.outcome === "failed" || row.outcome === "rejected";
        return (
          <span
            key={row.id}
            title={`${requestName(row)}, ${formatDuration(row.duration_ms)}`}
            className={`arrive w-[calc(100%/60)] max-w-4 origin-bottom rounded-t-sm ${failed ? "border border-b-0 border-bad bg-bad-soft" : row.outcome === "running" ? "pulse bg-edge" : "route-mark"}`}
            style={{ height: `${barHeight(row.duration_ms) * 100}%`, "--hue": hueOf(row.platform ?? "") } as React.CSSProperties}
          />
        );
      })}
    </div>
  );
}

function Ticker({ rows, loading }: { rows: RequestRow[]; loading: boolean }) {
  const platforms = usePlatforms();
  const name = (slug: string | null) => platforms.data?.data.find((row) => row.slug === slug)?.name ?? slug ?? "nobody";
  const said = useCalm(rows[0] && `${requestName(rows[0])}: ${rows[0].outcome}`);
  if (!loading && rows.length === 0) return <p className="min-h-44 py-6 text-muted">Quiet so far. Requests appear here the moment they arrive.</p>;
  return (
    <>
      <p className="sr-only" aria-live="polite">{said}</p>
      <ol className="min-h-44 text-sm">
        {rows.map((row) => (
          <li key={row.id}>
            <Link href={`/requests/${row.id}`} className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-3 border-b border-line py-1.5 hover:bg-sunken sm:grid-cols-[auto_minmax(0,2fr)_minmax(0,1fr)_6rem_5rem]">
              <RouteMark slug={row.platform ?? ""} />
              <span className="truncate">
                {requestName(row)}
                {row.attempts > 1 && <span className="text-warn sm:hidden"> after {plural(row.attempts - 1, "failover")}</span>}
                {row.outcome !== "succeeded" && row.outcome !== "running" && <span className="text-muted sm:hidden"> {outcomeWords[row.outcome].text.toLowerCase()}</span>}
              </span>
              <span className="hidden truncate text-muted sm:block">
                {row.outcome === "running" ? "running…" : row.outcome === "succeeded" ? name(row.platform) : outcomeWords[row.outcome].text.toLowerCase()}
                {row.attempts > 1 && <span className="text-warn"> after {plural(row.attempts - 1, "failover")}</span>}
              </span>
              <span className="hidden text-right tabular-nums sm:block">{formatDuration(row.duration_ms)}</span>
              <span className="text-right text-muted"><Ago at={row.started_at} /></span>
            </Link>
          </li>
        ))}
      </ol>
    </>
  );
}

/** At most one announcement in ten seconds: a busy pool must not talk over everything else. */
function useCalm(text: string | undefined): string {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => setSaid(text), 10_000);
    return () => clearTimeout(timer);
  }, [text]);
  return said;
}
