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
  const rows = [...(quotas.data?.platforms ?? [])].sort((a, b) => (a.remaining_share ?? 2) - (b.remaining_share ?? 2));
  return (
    <Section title="Left today">
      {quotas.isError && <Problem error={quotas.error} retry={() => void quotas.refetch()} />}
      {quotas.isPending && <Waiting rows={8} />}
      {quotas.data && rows.length === 0 && (
        <Empty icon={KeyRound} title="No platform can serve yet" action={<Link href="/keys" className="font-medium text-accent underline underline-offset-3">Add a key</Link>}>
          Each platform with a key brings its own free allowance.
        </Empty>
      )}
      <ul>
        {rows.map((row) => <BudgetRow key={row.platform} row={row} name={name(row.platform)} />)}
      </ul>
    </Section>
  );
}

function BudgetRow({ row, name }: { row: PlatformBudget; name: string }) {
  const tokensTighter = row.tokens_limit !== null && (row.requests_limit === null || row.tokens_used / row.tokens_limit > row.requests_used / row.requests_limit);
  const [used, limit, unit] = tokensTighter ? [row.tokens_used, row.tokens_limit, "tokens"] : [row.requests_used, row.requests_limit, "requests"];
  const left = limit === null ? null : `${formatCount(limit - used)} of ${formatCount(limit)} ${unit} left`;
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 border-b border-line py-2.5">
      <RouteMark slug={row.platform} className="row-span-2 w-1.5" />
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{name}</span>
        <span className="text-sm text-muted">
          {left ?? "no daily limit known"}
          {row.resets_at && <>, starts over <Ago at={row.resets_at} /></>}
        </span>
      </p>
      <div className="mt-1.5 flex items-center gap-4">
        <div className="grow">{limit !== null && <Meter label={`${name}: used today`} used={used} limit={limit} text={left ?? ""} />}</div>
        <span className="w-40 shrink-0 text-right whitespace-nowrap text-sm text-muted">{row.models_ready} of {row.models_enabled} models ready</span>
      </div>
    </li>
  );
}
