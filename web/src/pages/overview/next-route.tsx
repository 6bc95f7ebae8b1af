import { Ban } from "lucide-react";
import { Link } from "wouter";
import { usePlatforms } from "../../api/queries";
import type { Fallback } from "../../api/types";
import { formatDuration } from "../../lib/format";
import { Ago, Empty, RouteMark } from "../../ui/bits";

/** Which model serves now, and why that one. */
export function NextRoute({ fallback }: { fallback: Fallback | undefined }) {
  const platforms = usePlatforms();
  if (!fallback) return <div className="skeleton h-28" />;
  const { next } = fallback;
  if (!next) return <NothingServes fallback={fallback} />;
  const entry = fallback.entries.find((row) => row.model_id === next.model_id);
  const platform = platforms.data?.data.find((row) => row.slug === next.platform)?.name ?? next.platform;
  const second = fallback.entries
    .filter((row) => row.state === "ready" && row.model_id !== next.model_id)
    .sort((a, b) => a.effective_position - b.effective_position)[0];
  return (
    <section aria-labelledby="next-title" className="flex min-h-28 gap-4">
      <RouteMark slug={next.platform} className="w-2 self-stretch" />
      <div className="min-w-0">
        <h2 id="next-title" className="text-muted">The next request goes to</h2>
        <p className="text-2xl leading-snug font-semibold tracking-tight break-words sm:text-[2rem]">
          {entry?.display_name ?? next.upstream_id} <span className="font-normal text-muted">on {platform}</span>
        </p>
        <p className="mt-1 max-w-prose text-muted">
          {next.reason} {entry?.stats.ttft_ms ? `First token after about ${formatDuration(entry.stats.ttft_ms)}. ` : ""}
          {second && <>Should it fail, <Link href="/fallback" className="text-text underline decoration-edge underline-offset-3 hover:decoration-current">{second.display_name}</Link> takes over.</>}
        </p>
      </div>
    </section>
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
