import { Ban } from "lucide-react";
import { Link } from "wouter";
import { usePlatforms } from "../../api/queries";
import type { Fallback, FallbackEntry } from "../../api/types";
import { formatDuration, sentence } from "../../lib/format";
import { hueOf } from "../../lib/hue";
import { fallbackWords } from "../../lib/words";
import { Ago, Empty } from "../../ui/bits";

/** Which model serves now, and why that one. */
export function NextRoute({ fallback }: { fallback: Fallback | undefined }) {
  const platforms = usePlatforms();
  if (!fallback) return <div className="skeleton h-56" />;
  const { next } = fallback;
  if (!next) return <NothingServes fallback={fallback} />;
  const entry = fallback.entries.find((row) => row.model_id === next.model_id);
  const platform = platforms.data?.data.find((row) => row.slug === next.platform)?.name ?? next.platform;
  const second = fallback.entries
    .filter((row) => row.state === "ready" && row.model_id !== next.model_id)
    .sort((a, b) => a.effective_position - b.effective_position)[0];
  return (
    <section aria-labelledby="next-title">
      <div className="min-h-32">
        <h2 id="next-title" className="text-muted">The next request goes to</h2>
        <p className="text-2xl leading-snug font-semibold tracking-tight break-words sm:text-[2rem]">
          {entry?.display_name ?? next.upstream_id} <span className="font-normal text-muted">on {platform}</span>
        </p>
        <p className="mt-1 max-w-prose text-muted">
          {sentence(next.reason)} {entry?.stats.ttft_ms ? `First token after about ${formatDuration(entry.stats.ttft_ms)}. ` : ""}
          {second && <>Should it fail, <Link href="/fallback" className="text-text underline decoration-edge underline-offset-3 hover:decoration-current">{second.display_name}</Link> takes over.</>}
        </p>
      </div>
      <RouteLine entries={fallback.entries} next={next.model_id} />
    </section>
  );
}

const kStops = 7;

/** The head of the order as a line on a map: where the request would stop, and which stops are closed. */
function RouteLine({ entries, next }: { entries: FallbackEntry[]; next: number }) {
  const stops = entries.filter((entry) => entry.enabled && entry.state !== "no_key" && entry.state !== "platform_disabled").slice(0, kStops);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable
    <div role="region" aria-label="The first stops of the order" tabIndex={0} className="scroll-fade mt-5">
      <ol className="grid auto-cols-[minmax(8.25rem,1fr)] grid-flow-col p-1">
        {stops.map((entry, index) => {
          const isOpen = entry.state === "ready";
          return (
            <li key={entry.model_id} className="relative pt-7 pr-4">
              <span aria-hidden className={`route-mark absolute top-[7px] h-1.5 ${index === 0 ? "left-0 rounded-l-full" : "-left-px"} ${index === stops.length - 1 ? "right-0 rounded-r-full" : "right-0"}`} style={{ "--hue": hueOf(entry.platform) } as React.CSSProperties} />
              <span aria-hidden className={`absolute top-0 left-0 size-5 rounded-full border-[3px] ${entry.model_id === next ? "border-text bg-accent" : isOpen ? "border-text bg-bg" : "border-warn bg-bg"}`} />
              <p className={`truncate text-sm ${entry.model_id === next ? "font-semibold" : ""}`}>{entry.display_name}</p>
              <p className={`truncate text-sm ${isOpen ? "text-muted" : "text-warn"}`}>{entry.model_id === next ? "next" : isOpen ? (entry.penalty > 0 ? `ready, ${entry.penalty} back` : "ready") : entry.available_at ? <>again <Ago at={entry.available_at} /></> : fallbackWords[entry.state].text.toLowerCase()}</p>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function NothingServes({ fallback }: { fallback: Fallback }) {
  const soonest = fallback.entries.map((row) => row.available_at).filter((at): at is string => at !== null).sort()[0];
  const hasKey = fallback.entries.some((row) => row.usable_keys > 0);
  return (
    <Empty icon={Ban} title="Nothing can serve right now" action={<Link href={hasKey ? "/fallback" : "/keys"} className="font-medium text-accent underline underline-offset-3">{hasKey ? "See what is resting" : "Add a key"}</Link>}>
      {hasKey ? <>Every model is cooling down or out of quota.{soonest && <> The first is back <Ago at={soonest} />.</>}</> : "There is no usable provider key yet. One free key is enough to start."}
    </Empty>
  );
}
