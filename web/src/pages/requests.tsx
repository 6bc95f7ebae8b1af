import { useInfiniteQuery } from "@tanstack/react-query";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ListTree } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useLocation, useParams, useSearchParams } from "wouter";
import { call } from "../api/client";
import { useFeed } from "../api/events";
import { keys, usePlatforms, type RequestFilter } from "../api/queries";
import type { Outcome, RequestRow } from "../api/types";
import { useMedia, useOffsetTop } from "../lib/hooks";
import { Empty, Problem, Waiting } from "../ui/bits";
import { Page } from "../ui/page";
import { RequestDrawer } from "./requests/drawer";
import { RequestFilters } from "./requests/filters";
import { RequestHead, RequestLine } from "./requests/line";

export default function Requests() {
  const { id } = useParams<{ id?: string }>();
  const [, go] = useLocation();
  const [search, setSearch] = useSearchParams();
  const filter = useMemo(() => readFilter(search), [search]);
  const page = useInfiniteQuery({
    queryKey: [...keys.requests, "list", filter],
    queryFn: ({ pageParam, signal }) => call("get", "/api/requests", { query: { ...filter, limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 5_000,
  });
  const { requests: live } = useFeed();
  const rows = useMemo(() => withLive(live.filter((row) => fits(row, filter)), page.data?.pages.flatMap((part) => part.data) ?? []), [live, page.data, filter]);
  const query = search.toString() ? `?${search.toString()}` : "";
  return (
    <Page title="Requests" full lead="Newest first. Prompts and answers are never stored.">
      <RequestFilters filter={filter} onChange={(next) => setSearch(writeFilter(next), { replace: true })} />
      {page.isLoadingError && <Problem error={page.error} retry={() => void page.refetch()} />}
      {page.isPending && <Waiting rows={12} height="h-14" />}
      {page.data && rows.length === 0 && (
        <Empty icon={ListTree} title={Object.keys(filter).length ? "No request matches" : "No requests yet"}>
          {Object.keys(filter).length ? "Loosen a filter to see more." : "Send one from the playground or from any OpenAI client; it appears here at once."}
        </Empty>
      )}
      {page.data && rows.length > 0 && <Lines rows={rows} more={page.hasNextPage} isFetching={page.isFetchingNextPage} onEnd={() => void page.fetchNextPage()} href={(row) => `/requests/${row.id}${query}`} />}
      <RequestDrawer id={id ?? null} onClose={() => go(`/requests${query}`)} />
    </Page>
  );
}

type LinesProps = { rows: RequestRow[]; more: boolean; isFetching: boolean; onEnd: () => void; href: (row: RequestRow) => string };

function Lines({ rows, more, isFetching, onEnd, href }: LinesProps) {
  const platforms = usePlatforms();
  const names = useMemo(() => new Map(platforms.data?.data.map((row) => [row.slug, row.name])), [platforms.data]);
  const wide = useMedia("(min-width: 48rem)");
  const height = wide ? 46 : 72;
  const box = useRef<HTMLDivElement>(null);
  const margin = useOffsetTop(box);
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => height, overscan: 10, scrollMargin: margin, getItemKey: (index) => rows[index]?.id ?? index });
  useLayoutEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !isFetching && last >= rows.length - 20) onEnd();
  }, [more, isFetching, last, rows.length, onEnd]);
  return (
    <>
      {wide && <RequestHead />}
      <div ref={box} role="list" aria-label="Requests" className="relative border-t border-line" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          return <RequestLine key={row.id} row={row} top={item.start - margin} height={height} wide={wide} platform={names.get(row.platform ?? "") ?? row.platform ?? ""} href={href(row)} position={item.index + 1} total={more ? -1 : rows.length} />;
        })}
      </div>
      {isFetching && <p role="status" className="py-3 text-muted">Fetching older ones…</p>}
    </>
  );
}

/** Live rows stand above the fetched ones; a row known to both is shown once, as the feed last told it. */
export function withLive(live: RequestRow[], fetched: RequestRow[]): RequestRow[] {
  const fresh = new Map(live.map((row) => [row.id, row]));
  const known = new Set(fetched.map((row) => row.id));
  const above = live.filter((row) => !known.has(row.id)).sort((a, b) => b.started_at.localeCompare(a.started_at));
  return [...above, ...fetched.map((row) => fresh.get(row.id) ?? row)];
}

export function fits(row: RequestRow, filter: RequestFilter): boolean {
  return (!filter.platform || row.platform === filter.platform) && (!filter.model_id || row.model_id === filter.model_id) && (!filter.outcome || row.outcome === filter.outcome) && (!filter.status || row.status === filter.status) && (!filter.failover || row.attempts > 1);
}

function readFilter(search: URLSearchParams): RequestFilter {
  return {
    ...(search.get("platform") && { platform: search.get("platform")! }),
    ...(search.get("model") && { model_id: Number(search.get("model")) }),
    ...(search.get("outcome") && { outcome: search.get("outcome") as Outcome }),
    ...(search.get("status") && { status: Number(search.get("status")) }),
    ...(search.get("failover") && { failover: true }),
  };
}

function writeFilter(filter: RequestFilter): URLSearchParams {
  const search = new URLSearchParams();
  if (filter.platform) search.set("platform", filter.platform);
  if (filter.model_id) search.set("model", String(filter.model_id));
  if (filter.outcome) search.set("outcome", filter.outcome);
  if (filter.status) search.set("status", String(filter.status));
  if (filter.failover) search.set("failover", "1");
  return search;
}
