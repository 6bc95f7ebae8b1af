import { CircleCheck, CircleX, Dot } from "lucide-react";
import { useState } from "react";
import { usePlatforms, useRequest } from "../../api/queries";
import type { ExplainCandidate, RequestDetail } from "../../api/types";
import { formatDuration, plural } from "../../lib/format";
import { tell, type Line } from "../../lib/story";
import { verdictWords } from "../../lib/words";
import { Ago, CopyButton, Problem, RouteMark, Waiting } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { AttemptTimeline } from "./attempt-timeline";

export function RequestDrawer({ id, onClose }: { id: string | null; onClose: () => void }) {
  return (
    <Dialog open={id !== null} onClose={onClose} title="What happened to this request" side>
      {id && <Body id={id} />}
    </Dialog>
  );
}

function Body({ id }: { id: string }) {
  const detail = useRequest(id);
  const platforms = usePlatforms();
  const name = (slug: string) => platforms.data?.data.find((row) => row.slug === slug)?.name ?? slug;
  if (detail.isLoadingError) return <Problem error={detail.error} retry={() => void detail.refetch()} />;
  if (detail.isPending) return <Waiting rows={5} />;
  const { request, attempts, explain } = detail.data;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-9">
      <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted"><code>{request.id}</code><CopyButton text={request.id} label="Copy the request id" /><Ago at={request.started_at} /></p>
      <Story lines={tell(detail.data, name)} />
      {attempts.length > 0 && <AttemptTimeline attempts={attempts} total={request.duration_ms ?? 0} name={name} />}
      {explain && explain.candidates.length > 0 && <Candidates detail={detail.data} name={name} />}
      {!explain && request.outcome !== "running" && <p className="text-muted">{attempts.length > 0 ? "The routing record of this request is no longer kept; its attempts are." : "There is no routing record of this request."}</p>}
    </div>
  );
}

function Story({ lines }: { lines: Line[] }) {
  return (
    <ol aria-label="The story" className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {lines.map((line, index) => {
        const Icon = { good: CircleCheck, bad: CircleX, plain: Dot }[line.tone];
        return (
          <li key={index} className="flex gap-3">
            <Icon size={20} aria-hidden className={`mt-0.5 shrink-0 ${{ good: "text-good", bad: "text-bad", plain: "text-muted" }[line.tone]}`} />
            <p className="min-w-0 wrap-anywhere">{line.text}</p>
          </li>
        );
      })}
    </ol>
  );
}

const kShown = 12;

function Candidates({ detail, name }: { detail: RequestDetail; name: (slug: string) => string }) {
  const [all, setAll] = useState(false);
  const rows = [...detail.explain!.candidates].sort((a, b) => rank(a) - rank(b));
  const shown = all ? rows : rows.slice(0, kShown);
  return (
    <section>
      <h3 className="font-semibold">Who was considered</h3>
      <ul className="mt-2 border-t border-line">
        {shown.map((row) => (
          <li key={`${row.model_id}/${row.key_id}`} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 border-b border-line py-2 sm:grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)]">
            <RouteMark slug={row.platform} className="row-span-2 h-full w-1.5 sm:row-span-1" />
            <div className="min-w-0">
              <p className="truncate">{row.upstream_id}</p>
              <p className="truncate text-sm text-muted">{name(row.platform)}{row.key_label ? `, key ${row.key_label}` : ""}</p>
            </div>
            <div className="col-start-2 min-w-0 text-sm sm:col-start-3">
              <p className={row.verdict === "served" ? "font-medium text-good" : row.verdict === "tried" ? "font-medium text-bad" : ""}>{verdictWords[row.verdict]}</p>
              <p className="text-muted">
                {row.verdict === "served" || row.verdict === "eligible" || row.verdict === "tried" ? `number ${row.position + 1}${row.penalty > 0 ? ` and ${row.penalty} places back` : ""}${row.sticky ? ", of this conversation" : ""}` : row.detail}
                {row.terms.length > 0 && ` – ${row.terms.map((term) => `${term.name} ${term.value.toFixed(2)}`).join(", ")}`}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {rows.length > kShown && <Button small kind="quiet" className="mt-2" onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show all ${plural(rows.length, "route")}`}</Button>}
      {detail.explain!.timings.route_ms !== null && <p className="mt-3 text-sm text-muted">Routing took {formatDurationFine(detail.explain!.timings.route_ms)}; waiting for a free slot {formatDurationFine(detail.explain!.timings.queue_ms)}.</p>}
    </section>
  );
}

const formatDurationFine = (ms: number | null) => (ms !== null && ms < 10 ? `${ms.toFixed(2)} ms` : formatDuration(ms));

/** Tried ones first, then those in line, then the ones that were filtered out. */
function rank(row: ExplainCandidate): number {
  const group = row.verdict === "served" || row.verdict === "tried" ? 0 : row.order !== null ? 1 : row.verdict === "no_key" || row.verdict === "model_disabled" ? 3 : 2;
  return group * 1e6 + (row.order ?? row.position);
}
