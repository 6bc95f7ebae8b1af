import { ExternalLink, Plus } from "lucide-react";
import { call, explainError } from "../../api/client";
import { keys as queryKeys } from "../../api/queries";
import { put as show, reread } from "../../api/reread";
import type { Key, Platform } from "../../api/types";
import { plural } from "../../lib/format";
import { RouteMark, Tag } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Switch } from "../../ui/field";
import { toast } from "../../ui/toast";
import { isGone } from "./gone";
import { KeyRow } from "./key-row";

const kStatus: Record<string, string> = { at_risk: "free tier shrinking", retired: "shut down" };

export function PlatformGroup({ platform, keys, onAdd }: { platform: Platform; keys: Key[]; onAdd: (slug: string) => void }) {
  const gone = isGone(platform);
  return (
    <li className="relative grid gap-x-10 gap-y-3 border-b border-line py-5 pl-5 lg:grid-cols-[18rem_minmax(0,1fr)]">
      <RouteMark slug={platform.slug} className="absolute inset-y-5 left-0 w-1.5" />
      <div>
        <div className="min-w-0">
          <h3 className="flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold">
            {platform.name}
            {kStatus[platform.status] && <Tag>{kStatus[platform.status]}</Tag>}
            {platform.keyless && <Tag>works without a key</Tag>}
          </h3>
          <p className="text-sm text-muted">{plural(platform.models.enabled, "model")}{platform.proxy && <span className="break-all">, through {platform.proxy}</span>}</p>
          {!gone && platform.signup_url && (
            <p className="mt-1.5 text-sm">
              <a href={platform.signup_url} target="_blank" rel="noreferrer" className="inline-flex items-center gap-1.5 underline decoration-edge underline-offset-3 hover:decoration-current">
                Get a key <ExternalLink size={13} aria-hidden /><span className="sr-only">for {platform.name}, opens a new tab</span>
              </a>
              <span className="text-muted"> – {platform.key_format}</span>
            </p>
          )}
          {(keys.length > 0 || platform.keyless) && (
            <label className="mt-2.5 flex items-center gap-2.5 text-sm text-muted">
              <Switch label={`Use ${platform.name}`} checked={platform.enabled} onChange={(enabled) => void setEnabled(platform, enabled)} />
              <span aria-hidden>{platform.enabled ? "Platform in use" : "Platform off"}</span>
            </label>
          )}
        </div>
      </div>
      <div className="min-w-0">
        {keys.length > 0 && <ul className="mb-2">{keys.map((key) => <KeyRow key={key.id} stored={key} />)}</ul>}
        <div className="flex flex-wrap items-start gap-x-6 gap-y-2">
          {!gone && <Button small icon={Plus} onClick={() => onAdd(platform.slug)}>Add a key<span className="sr-only"> for {platform.name}</span></Button>}
          <p className="min-w-56 grow basis-full text-sm text-muted sm:basis-0">
            {platform.notes} {platform.data_use_note && <span className="text-text">{platform.data_use_note}</span>}
          </p>
        </div>
      </div>
    </li>
  );
}

async function setEnabled(platform: Platform, enabled: boolean): Promise<void> {
  const put = (value: boolean) =>
    show<{ data: Platform[] }>(queryKeys.platforms, ({ data }) => ({ data: data.map((row) => (row.slug === platform.slug ? { ...row, enabled: value } : row)) }));
  put(enabled);
  try {
    await call("patch", "/api/platforms/{slug}", { path: { slug: platform.slug }, body: { enabled } });
  } catch (error) {
    put(!enabled);
    toast({ tone: "bad", text: `${platform.name} stays ${enabled ? "off" : "on"}: ${explainError(error)}` });
  }
  void reread(queryKeys.platforms);
}
