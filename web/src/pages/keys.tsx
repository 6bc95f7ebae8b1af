import { Download, ClipboardPaste, Plus } from "lucide-react";
import { useState } from "react";
import { useKeys, usePlatforms } from "../api/queries";
import type { Key, Platform } from "../api/types";
import { plural } from "../lib/format";
import { Problem, Waiting } from "../ui/bits";
import { Button } from "../ui/button";
import { Page, Section } from "../ui/page";
import { AddKey } from "./keys/add-key";
import { CustomEndpoints } from "./keys/custom-endpoints";
import { ExportKeys } from "./keys/export-keys";
import { ImportKeys } from "./keys/import-keys";
import { PlatformGroup } from "./keys/platform-group";

type Open = { what: "add"; platform: string } | { what: "import" } | { what: "export" } | null;

export default function Keys() {
  const platforms = usePlatforms();
  const stored = useKeys();
  const [open, setOpen] = useState<Open>(null);
  const own = platforms.data?.data.filter((platform) => !platform.custom) ?? [];
  const groups = arrange(own, stored.data?.data ?? []);
  const add = (platform: string) => setOpen({ what: "add", platform });
  const error = platforms.error ?? stored.error;
  return (
    <Page
      title="Keys"
      lead="Each key brings a platform's free allowance into the pool. Keys are stored encrypted and never shown whole again."
      actions={
        <>
          <Button icon={Download} onClick={() => setOpen({ what: "export" })} disabled={!stored.data?.data.length}>Export</Button>
          <Button icon={ClipboardPaste} onClick={() => setOpen({ what: "import" })}>Paste many</Button>
          <Button kind="primary" icon={Plus} onClick={() => add("")}>Add a key</Button>
        </>
      }
    >
      {error && <Problem error={error} retry={() => { void platforms.refetch(); void stored.refetch(); }} />}
      {(platforms.isPending || stored.isPending) && !error && <Waiting rows={10} />}
      {groups.map((group) => (
        <Section key={group.title} title={group.title} note={group.note}>
          <ul className="border-t border-line">
            {group.rows.map(({ platform, keys }) => <PlatformGroup key={platform.slug} platform={platform} keys={keys} onAdd={add} />)}
          </ul>
        </Section>
      ))}
      {platforms.data && stored.data && <CustomEndpoints keys={stored.data.data} onAddKey={add} />}
      <AddKey open={open?.what === "add"} platform={open?.what === "add" ? open.platform : ""} platforms={platforms.data?.data ?? []} onClose={() => setOpen(null)} />
      <ImportKeys open={open?.what === "import"} platforms={platforms.data?.data ?? []} onClose={() => setOpen(null)} />
      <ExportKeys open={open?.what === "export"} onClose={() => setOpen(null)} />
    </Page>
  );
}

type Group = { title: string; note: string; rows: { platform: Platform; keys: Key[] }[] };

/** Platforms in use first, then what could be added, what has died last. */
export function arrange(platforms: Platform[], stored: Key[]): Group[] {
  const rows = platforms.map((platform) => ({ platform, keys: stored.filter((key) => key.platform === platform.slug) }));
  const used = rows.filter((row) => row.keys.length > 0);
  const free = rows.filter((row) => row.keys.length === 0 && row.platform.status !== "retired");
  const dead = rows.filter((row) => row.keys.length === 0 && row.platform.status === "retired");
  const total = used.reduce((count, row) => count + row.keys.length, 0);
  return [
    { title: "In the pool", note: `${plural(total, "key")} on ${plural(used.length, "platform")}`, rows: used },
    { title: used.length ? "Could join" : "Choose a platform", note: "A free account on any of these adds to the pool", rows: free },
    { title: "Gone", note: "Listed because older guides name them", rows: dead },
  ].filter((group) => group.rows.length > 0);
}
