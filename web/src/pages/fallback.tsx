import { ArrowDownUp, Brain, Gauge, Wallet } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { useFallback, usePlatforms } from "../api/queries";
import { kNoFilter, matches, sortBy, type Filter, type Preset } from "../lib/order";
import { strategyWords } from "../lib/words";
import { Empty, Problem, Waiting } from "../ui/bits";
import { Button } from "../ui/button";
import { Menu } from "../ui/menu";
import { Page } from "../ui/page";
import { DraftBar } from "./fallback/draft-bar";
import { Filters } from "./fallback/filters";
import { OrderList } from "./fallback/order-list";
import { useDraft } from "./fallback/use-draft";

export default function FallbackPage() {
  const fallback = useFallback();
  const platforms = usePlatforms();
  const draft = useDraft(fallback.data);
  const [filter, setFilter] = useState<Filter>(kNoFilter);
  const visible = useMemo(() => draft.entries.filter((entry) => matches(entry, filter)), [draft.entries, filter]);
  const names = useMemo(() => new Map(platforms.data?.data.map((row) => [row.slug, row.name])), [platforms.data]);
  const apply = (preset: Preset) => draft.change(sortBy(draft.entries, preset));
  useSaveKey(draft.isDirty, draft.save);
  const strategy = fallback.data?.strategy;
  return (
    <Page
      title="Fallback"
      full
      lead={strategy && strategy !== "priority" ? <>The strategy is <Link href="/settings" className="text-text underline underline-offset-3">{strategyWords[strategy].name.toLowerCase()}</Link>: this order only breaks ties.</> : "Requests go to the first model that can take them. When it cannot, the next one does."}
      actions={
        <Menu
          trigger={<Button icon={ArrowDownUp}>Sort by…</Button>}
          items={[
            { label: "Intelligence: smartest first", icon: Brain, run: () => apply("intelligence") },
            { label: "Speed: fastest first", icon: Gauge, run: () => apply("speed") },
            { label: "Budget: most free tokens first", icon: Wallet, run: () => apply("budget") },
          ]}
        />
      }
    >
      <Filters filter={filter} onChange={setFilter} platforms={platforms.data?.data ?? []} shown={visible.length} total={draft.entries.length} />
      {fallback.isLoadingError && <Problem error={fallback.error} retry={() => void fallback.refetch()} />}
      {fallback.isPending && <Waiting rows={10} height="h-16" />}
      {fallback.data && visible.length === 0 && (
        <Empty icon={ArrowDownUp} title="No model matches" action={<Button onClick={() => setFilter(kNoFilter)}>Clear the filters</Button>}>
          {draft.entries.length} models are in the order; the filters hide all of them.
        </Empty>
      )}
      {visible.length > 0 && <OrderList entries={visible} all={draft.entries} names={names} lines={draft.lines} onChange={draft.change} />}
      <DraftBar draft={draft} />
    </Page>
  );
}

function useSaveKey(isDirty: boolean, save: () => void): void {
  useEffect(() => {
    if (!isDirty) return;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        save();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [isDirty, save]);
}
