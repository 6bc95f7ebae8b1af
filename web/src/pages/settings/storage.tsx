import type { Settings } from "../../api/types";
import { Check, Field, Input } from "../../ui/field";
import { ProxyField } from "../../ui/proxy-field";
import { Block, DurationField, NumberField, SaveBar, useGroup } from "./block";

export function RetentionSection({ settings }: { settings: Settings }) {
  const log = useGroup(settings, "storage");
  const health = useGroup(settings, "health");
  const price = useGroup(settings, "analytics");
  return (
    <Block title="Request log and checks" note="Who served what and how fast. Prompts and answers are never kept.">
      <form onSubmit={log.save}>
        <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">
          <DurationField label="Keep for" value={log.values.request_log_retention_ms} fallback={log.defaults.request_log_retention_ms} locked={log.lockOf("request_log_retention_ms")} onChange={(request_log_retention_ms) => log.set({ request_log_retention_ms })} />
          <NumberField label="Rows at most" hint="0: as many as come." value={log.values.request_log_max_rows} fallback={log.defaults.request_log_max_rows} locked={log.lockOf("request_log_max_rows")} onChange={(request_log_max_rows) => log.set({ request_log_max_rows })} />
        </div>
        <SaveBar group={log} />
      </form>
      <form onSubmit={health.save} className="mt-6">
        <DurationField label="Check each key every" zero="never" hint="Paced per platform; one refusal alone disables nothing." value={health.values.check_interval_ms} fallback={health.defaults.check_interval_ms} locked={health.lockOf("check_interval_ms")} onChange={(check_interval_ms) => health.set({ check_interval_ms })} />
        <SaveBar group={health} />
      </form>
      <form onSubmit={price.save} className="mt-6">
        <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">
          <PriceField label="A million prompt tokens would cost" value={price.values.prompt_usd_per_million} locked={price.lockOf("prompt_usd_per_million")} onChange={(prompt_usd_per_million) => price.set({ prompt_usd_per_million })} />
          <PriceField label="A million answered tokens would cost" value={price.values.completion_usd_per_million} locked={price.lockOf("completion_usd_per_million")} onChange={(completion_usd_per_million) => price.set({ completion_usd_per_million })} />
        </div>
        <SaveBar group={price} />
      </form>
    </Block>
  );
}

type PriceFieldProps = { label: string; value: number | null; locked: string | null; onChange: (value: number | null) => void };

function PriceField({ label, value, locked, onChange }: PriceFieldProps) {
  return (
    <Field label={label} hint={locked ? `Fixed by the ${locked}.` : "US dollars, at the provider you compare with. Empty: no saving is shown."}>
      {(attributes) => <Input {...attributes} type="number" min={0} max={10_000} step="any" disabled={locked !== null} className="w-32" value={value ?? ""} onChange={(event) => onChange(Number.isNaN(event.target.valueAsNumber) ? null : event.target.valueAsNumber)} />}
    </Field>
  );
}

export function NetworkSection({ settings }: { settings: Settings }) {
  const group = useGroup(settings, "network");
  const auth = useGroup(settings, "auth");
  const lock = group.lockOf("allow_private_networks");
  return (
    <Block title="Network and sessions" note="How the daemon reaches the platforms, and how long a log-in lasts.">
      <form onSubmit={group.save} className="grid gap-4">
        <ProxyField stored={settings.values.network.proxy} value={group.edits.proxy === null ? "" : group.edits.proxy} without="a direct connection" locked={group.lockOf("proxy")} onChange={(proxy) => group.set({ proxy: proxy === "" ? null : proxy })} />
        <div>
          <Check label="Custom endpoints may lie on private networks" checked={group.values.allow_private_networks} disabled={lock !== null} onChange={(allow_private_networks) => group.set({ allow_private_networks })} />
          {lock && <p className="text-sm text-muted">Fixed by the {lock}.</p>}
        </div>
        <SaveBar group={group} />
      </form>
      <form onSubmit={auth.save} className="mt-5">
        <DurationField label="Log out after being away for" value={auth.values.session_ttl_ms} fallback={auth.defaults.session_ttl_ms} locked={auth.lockOf("session_ttl_ms")} onChange={(session_ttl_ms) => auth.set({ session_ttl_ms })} />
        <SaveBar group={auth} />
      </form>
    </Block>
  );
}
