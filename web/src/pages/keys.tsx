import { Download, ClipboardPaste, Plus } from "lucide-react";
import { useState } from "react";
import { useKeys, usePlatforms, useSettings } from "../api/queries";
import type { Key, Platform } from "../api/types";
import { plural } from "../lib/format";
import { Problem, Waiting } from "../ui/bits";
import { Button } from "../ui/button";
import { Page, Section } from "../ui/page";
import { AddKey } from "./keys/add-key";
import { CustomEndpoints } from "./keys/custom-endpoints";
import { ExportKeys } from "./keys/export-keys";
import { isGone } from "./keys/gone";
import { Keyless } from "./keys/keyless";
import { ImportKeys } from "./keys/import-keys";
import { PlatformGroup } from "./keys/platform-group";

type Open = { what: "add"; platform: string } | { what: "import" } | { what: "export" } | null;

export default function Keys() {
  const platforms = usePlatforms();
  const stored = useKeys();
  const settings = useSettings();
  const [open, setOpen] = useState<Open>(null);
  const own = platforms.data?.data.filter((platform) => !platform.custom) ?? [];
  const groups = arrange(own, stored.data?.data ?? [], settings.data?.values.routing.keyless ?? false);
  const add = (platform: string) => setOpen({ what: "add", platform });
  // All at once: a part that came later would push away what is being read.
  const isReady = platforms.data !== undefined && stored.data !== undefined && !settings.isPending;
  const error = (platforms.isLoadingError && platforms.error) || (stored.isLoadingError && stored.error);
  return (
    <Page
      title="Keys"
      lead="Each key brings a platform's free allowance into the pool. Keys are stored encrypted and never shown whole again."
      actions={
        <>
          <Button icon={Download} className="max-sm:order-last max-sm:grow" onClick={() => setOpen({ what: "export" })} disabled={!stored.data?.data.length}>Export</Button>
          <Button icon={ClipboardPaste} className="max-sm:grow" onClick={() => setOpen({ what: "import" })}>Paste many</Button>
          <Button kind="primary" icon={Plus} className="max-sm:order-first max-sm:basis-full" onClick={() => add("")}>Add a key</Button>
        </>
      }
    >
      {error && <Problem error={error} retry={() => { void platforms.refetch(); void stored.refetch(); }} />}
      {!isReady && !error && <Waiting rows={10} />}
      {isReady && groups.map((group) => (
        <Section key={group.title} title={group.title} note={group.note}>
          {group.keyless && settings.data && <Keyless settings={settings.data} />}
          <ul className="border-t border-line">
            {group.rows.map(({ platform, keys }) => <PlatformGroup key={platform.slug} platform={platform} keys={keys} onAdd={add} />)}
          </ul>
        </Section>
      ))}
      {isReady && <CustomEndpoints keys={stored.data.data} onAddKey={add} />}
      <AddKey open={open?.what === "add"} platform={open?.what === "add" ? open.platform : ""} platforms={platforms.data?.data ?? []} onClose={() => setOpen(null)} />
      <ImportKeys open={open?.what === "import"} platforms={platforms.data?.data ?? []} onClose={() => setOpen(null)} />
      <ExportKeys open={open?.what === "export"} onClose={() => setOpen(null)} />
    </Page>
  );
}

type Group = { title: string; note: string; rows: { platform: Platform; keys: Key[] }[]; keyless?: boolean };

/** Platforms in use first, those that serve anonymously, then what could be added, what has died last. */
export function arrange(platforms: Platform[], stored: Key[], keyless: boolean): Group[] {
  const rows = platforms.map((platform) => ({ platform, keys: stored.filter((key) => key.platform === platform.slug) }));
  const used = rows.filter((row) => row.keys.length > 0);
  const anonymous = rows.filter((row) => row.keys.length === 0 && keyless && row.platform.keyless && row.platform.enabled);
  const dead = rows.filter((row) => row.keys.length === 0 && isGone(row.platform));
  const free = rows.filter((row) => row.keys.length === 0 && !dead.includes(row) && !anonymous.includes(row));
  const total = used.reduce((count, row) => count + row.keys.length, 0);
  return [
    { title: "In the pool", note: `${plural(total, "key")} on ${plural(used.length, "platform")}`, rows: used },
    { title: "Without a key", note: "Serving already, for everybody at your address together", rows: anonymous, keyless: true },
    { title: used.length ? "Could join" : "Choose a platform", note: "A free account on any of these adds to the pool", rows: free },
    { title: "Gone", note: "Listed because older guides name them", rows: dead },
  ].filter((group) => group.rows.length > 0);
}
