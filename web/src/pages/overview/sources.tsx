import { Link } from "wouter";
import { useByModel, useErrors } from "../../api/queries";
import type { Range } from "../../api/types";
import { formatCount, formatDuration, formatPercent } from "../../lib/format";
import { hueOf } from "../../lib/hue";
import { failureWords } from "../../lib/words";
import { Ago, RouteMark } from "../../ui/bits";
import { Section } from "../../ui/page";

/** Who did the work, and what went wrong on the way. */
export function Sources({ range }: { range: Range }) {
  const models = useByModel(range);
  const errors = useErrors(range);
  const top = models.data?.data.slice(0, 7) ?? [];
  const most = top[0]?.requests ?? 1;
  return (
    <>
      <Section title="Who answered">
        {models.data && top.length === 0 && <p className="text-muted">Nobody yet in this time span.</p>}
        <ul className="grid gap-2.5">
          {top.map((row) => (
            <li key={row.model_id}>
              <p className="flex justify-between gap-3 text-sm">
                <span className="truncate">{row.name}</span>
                <span className="shrink-0 text-muted tabular-nums">{formatCount(row.requests)} · {formatPercent(row.success_rate)} · {formatDuration(row.ttft_ms.p50)}</span>
              </p>
              <span aria-hidden className="route-mark mt-1 block h-1.5 rounded-full" style={{ width: `${(row.requests / most) * 100}%`, "--hue": hueOf(row.platform ?? "") } as React.CSSProperties} />
            </li>
          ))}
        </ul>
        {top.length > 0 && <p className="mt-2 text-sm text-muted">Requests · answered · median time to the first token</p>}
      </Section>
      <Section title="What failed on the way">
        {errors.data && errors.data.data.length === 0 && <p className="text-muted">Nothing failed.</p>}
        <ul className="text-sm">
          {errors.data?.data.slice(0, 5).map((row) => (
            <li key={`${row.class}/${row.model_id}/${row.status}`} className="flex items-center gap-3 border-b border-line py-1.5" title={row.last_message}>
              <span className="w-8 shrink-0 text-right font-semibold tabular-nums">{row.count}×</span>
              <RouteMark slug={row.platform} />
              <span className="min-w-0 grow truncate">{failureWords[row.class]} <span className="text-muted">{row.upstream_id}</span></span>
              <span className="shrink-0 text-muted"><Ago at={row.last_at} /></span>
            </li>
          ))}
        </ul>
        {(errors.data?.data.length ?? 0) > 0 && <p className="mt-2 text-sm text-muted">Attempts, not requests: most were <Link href="/requests?failover=1" className="underline underline-offset-3">answered by another model</Link>.</p>}
      </Section>
    </>
  );
}
