import { RotateCcw } from "lucide-react";
import { call, explainError } from "../../api/client";
import { keys, usePlatforms, useQuotas } from "../../api/queries";
import { put, reread } from "../../api/reread";
import type { Cooldown, Quotas } from "../../api/types";
import { failureWords } from "../../lib/words";
import { Ago, RouteMark } from "../../ui/bits";
import { IconButton } from "../../ui/button";
import { Section } from "../../ui/page";
import { toast } from "../../ui/toast";

/** What rests, until when, on whose word, with the means to end it. */
export function Cooldowns() {
  const quotas = useQuotas();
  const platforms = usePlatforms();
  const name = (slug: string) => platforms.data?.data.find((row) => row.slug === slug)?.name ?? slug;
  const rows = [...(quotas.data?.cooldowns ?? [])].sort((a, b) => a.until.localeCompare(b.until));
  return (
    <Section title="Cooling down">
      {quotas.data && rows.length === 0 && <p className="text-muted">Nothing. Every enabled model may be tried.</p>}
      <ul>
        {rows.map((row) => (
          <li key={`${row.platform}/${row.model_id}/${row.key_id}/${row.since}`} className="flex items-start gap-3 border-b border-line py-2.5">
            <RouteMark slug={row.platform} className="mt-1 h-9 w-1.5" />
            <div className="min-w-0 grow">
              <p className="truncate font-medium">{row.upstream_id ?? name(row.platform)}{row.key_label && <span className="font-normal text-muted"> with key {row.key_label}</span>}</p>
              <p className="text-sm text-muted">
                {failureWords[row.failure]}; {row.probing ? "being tried again now" : <>back <Ago at={row.until} /></>}, {row.stated_by === "provider" ? "as the provider asked" : "by our own estimate"}
              </p>
            </div>
            <IconButton label={`End the cooldown of ${row.upstream_id ?? row.platform}`} icon={RotateCcw} onClick={() => void clear(row)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

async function clear(row: Cooldown): Promise<void> {
  try {
    await call("post", "/api/quotas/clear", { body: { what: "cooldown", platform: row.platform, ...(row.model_id && { model_id: row.model_id }), ...(row.key_id && { key_id: row.key_id }) } });
    put<Quotas>(keys.quotas, (old) => ({ ...old, cooldowns: old.cooldowns.filter((other) => other !== row) }));
    void reread(keys.quotas);
    toast({ text: `${row.upstream_id ?? row.platform} may be tried again.` });
  } catch (error) {
    toast({ tone: "bad", text: explainError(error) });
  }
}
