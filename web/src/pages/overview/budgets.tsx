import { KeyRound } from "lucide-react";
import { Link } from "wouter";
import { usePlatforms, useQuotas } from "../../api/queries";
import type { PlatformBudget } from "../../api/types";
import { formatCount } from "../../lib/format";
import { Ago, Empty, Meter, Problem, RouteMark, Waiting } from "../../ui/bits";
import { Section } from "../../ui/page";

/** What is left of today's free allowance, platform by platform. */
export function Budgets() {
  const quotas = useQuotas();
  const platforms = usePlatforms();
  const name = (slug: string) => platforms.data?.data.find((row) => row.slug === slug)?.name ?? slug;
  const slides = new Set((quotas.data?.counters ?? []).filter((row) => row.window === "day" && row.reset === "sliding").map((row) => row.platform));
  const rows = (quotas.data?.platforms ?? []).filter(isInUse).sort((a, b) => (a.remaining_share ?? 2) - (b.remaining_share ?? 2));
  return (
    <Section title="Free today" note="What is left of each platform's daily allowance">
      {quotas.isLoadingError && <Problem error={quotas.error} retry={() => void quotas.refetch()} />}
      {quotas.isPending && <Waiting rows={8} />}
      {quotas.data && rows.length === 0 && (
        <Empty icon={KeyRound} title="No platform can serve yet" action={<Link href="/keys" className="font-medium text-accent underline underline-offset-3">Add a key</Link>}>
          Each platform with a key brings its own free allowance.
        </Empty>
      )}
      <ul>
        {rows.map((row) => <BudgetRow key={row.platform} row={row} name={name(row.platform)} slides={slides.has(row.platform)} />)}
      </ul>
    </Section>
  );
}

const isInUse = (row: PlatformBudget): boolean => row.models_ready > 0 || row.models_cooling > 0 || row.requests_used > 0;

/** `slides`: the allowance comes back bit by bit, a day after its use. */
function BudgetRow({ row, name, slides }: { row: PlatformBudget; name: string; slides: boolean }) {
  const tokensTighter = row.tokens_limit !== null && (row.requests_limit === null || row.tokens_used / row.tokens_limit > row.requests_used / row.requests_limit);
  const [used, limit, unit] = tokensTighter ? [row.tokens_used, row.tokens_limit, "tokens"] : [row.requests_used, row.requests_limit, "requests"];
  const left = limit === null ? null : `${formatCount(Math.max(0, limit - used))} of ${formatCount(limit)} ${unit} left`;
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 border-b border-line py-2.5">
      <RouteMark slug={row.platform} className="row-span-2 w-1.5" />
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{name}</span>
        <span className="text-sm text-muted">
          {left ?? "no daily limit known"}
          {left && row.resets_at && <>, {slides ? "more" : "starts over"} <Ago at={row.resets_at} /></>}
        </span>
      </p>
      <div className="mt-1.5 flex items-center gap-4">
        <div className="grow">{limit !== null && <Meter label={`${name}: left today`} left={limit - used} limit={limit} text={left ?? ""} />}</div>
        <span className="shrink-0 text-right whitespace-nowrap text-sm text-muted sm:w-40">{row.models_ready} of {row.models_enabled} models ready</span>
      </div>
    </li>
  );
}
