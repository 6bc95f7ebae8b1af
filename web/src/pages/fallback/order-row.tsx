import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { ArrowDownToLine, ArrowUpToLine, ChevronDown, ChevronUp, Eye, GripVertical, RotateCcw, Wrench } from "lucide-react";
import { memo, type KeyboardEvent, type ReactNode } from "react";
import type { FallbackEntry } from "../../api/types";
import { formatCount, formatDuration, formatExact, formatTokens, limitName } from "../../lib/format";
import { fallbackWords } from "../../lib/words";
import { Ago, Meter, RouteMark, StateWord } from "../../ui/bits";
import { IconButton } from "../../ui/button";
import { Switch } from "../../ui/field";
import { MoreMenu } from "../../ui/menu";
import { clearPressure } from "./clear";

type Where = "up" | "down" | "top" | "bottom";
type SortableRowProps = {
  entry: FallbackEntry; top: number; height: number; place: number; index: number; total: number; platform: string; lifted: boolean;
  onKey: (event: KeyboardEvent, entry: FallbackEntry) => void;
  onMove: (id: number, where: Where) => void;
  onEnable: (id: number, enabled: boolean) => void;
};

export const SortableRow = memo(function SortableRow({ entry, top, height, place, index, total, platform, lifted, onKey, onMove, onEnable }: SortableRowProps) {
  const { setNodeRef, setActivatorNodeRef, listeners, transform, transition, isDragging } = useSortable({ id: entry.model_id });
  const name = entry.display_name;
  return (
    <div
      ref={setNodeRef}
      role="listitem"
      aria-setsize={total}
      aria-posinset={index + 1}
      data-model={entry.model_id}
      className={`absolute inset-x-0 border-b border-line ${isDragging ? "opacity-30" : ""} ${lifted ? "z-10 bg-accent-soft" : "bg-bg hover:bg-sunken"}`}
      style={{ top, height, transform: CSS.Translate.toString(transform), transition }}
    >
      <RowBody
        entry={entry}
        place={place}
        platform={platform}
        handle={
          <button
            ref={setActivatorNodeRef}
            type="button"
            aria-label={`Move ${name}, number ${place + 1}`}
            aria-describedby="drag-help"
            aria-pressed={lifted}
            className="grid h-full w-9 shrink-0 cursor-grab touch-none place-items-center text-muted hover:text-text focus-visible:-outline-offset-2 active:cursor-grabbing"
            {...listeners}
            onKeyDown={(event) => onKey(event, entry)}
          >
            <GripVertical size={18} aria-hidden />
          </button>
        }
        end={
          <>
            <Switch label={`Use ${name} on ${platform}`} checked={entry.enabled} onChange={(enabled) => onEnable(entry.model_id, enabled)} />
            <MoreMenu
              label={`More for ${name} on ${platform}`}
              items={[
                { label: "To the top", icon: ArrowUpToLine, run: () => onMove(entry.model_id, "top") },
                { label: "Up", icon: ChevronUp, run: () => onMove(entry.model_id, "up") },
                { label: "Down", icon: ChevronDown, run: () => onMove(entry.model_id, "down") },
                { label: "To the bottom", icon: ArrowDownToLine, run: () => onMove(entry.model_id, "bottom") },
                "line",
                { label: "Clear cooldown and penalty", icon: RotateCcw, disabled: entry.penalty === 0 && entry.state !== "cooling_down", run: () => void clearPressure(entry) },
              ]}
            />
          </>
        }
      />
    </div>
  );
});

type RowBodyProps = { entry: FallbackEntry; place: number; platform: string; handle?: ReactNode; end?: ReactNode };

export function RowBody({ entry, place, platform, handle, end }: RowBodyProps) {
  const dim = entry.enabled && entry.state !== "no_key" ? "" : "text-muted";
  return (
    <div className="flex h-full items-center gap-2 pr-1 lg:gap-4">
      {handle ?? <span className="w-9 shrink-0" />}
      <span className="hidden w-7 shrink-0 text-right text-muted tabular-nums sm:block">{place + 1}</span>
      <RouteMark slug={entry.platform} className="h-9 w-1.5" />
      <div className="grid min-w-0 grow grid-cols-[minmax(0,1fr)] gap-y-0.5 lg:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)_12rem_7.5rem] lg:items-center lg:gap-x-6">
        <div className="min-w-0">
          <p className={`truncate font-medium ${dim}`}>{entry.display_name}</p>
          <p className="truncate text-sm text-muted">{platform} <span className="hidden xl:inline">· <code>{entry.upstream_id}</code></span></p>
        </div>
        <RowState entry={entry} />
        <RowQuota entry={entry} name={entry.display_name} />
        <p className="hidden items-center justify-end gap-2 text-sm text-muted lg:flex">
          {entry.capabilities.tools && <span role="img" aria-label="Calls tools" title="Calls tools"><Wrench size={14} aria-hidden /></span>}
          {entry.capabilities.vision && <span role="img" aria-label="Sees images" title="Sees images"><Eye size={14} aria-hidden /></span>}
          <span className="w-16 text-right whitespace-nowrap" title="Context window, tokens">{formatTokens(entry.context_window)}</span>
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-1 lg:gap-2">{end}</div>
    </div>
  );
}

function RowState({ entry }: { entry: FallbackEntry }) {
  const { text, tone } = entry.enabled ? fallbackWords[entry.state === "disabled" ? "ready" : entry.state] : fallbackWords.disabled;
  const hasPressure = entry.penalty > 0 || entry.state === "cooling_down";
  return (
    <div className="flex min-w-0 items-center gap-2 text-sm">
      <div className="min-w-0 grow">
        <p className="truncate">
          <StateWord tone={tone}>{text}</StateWord>
          {entry.enabled && entry.penalty > 0 && <span className="text-warn" title={entry.penalty_decays_at ? `one place less at ${formatExact(entry.penalty_decays_at)}` : undefined}>, {entry.penalty} back</span>}
        </p>
        <p className="truncate text-muted" title={entry.reason ?? undefined}>
          {entry.enabled && entry.available_at ? <>again <Ago at={entry.available_at} /></> : (entry.enabled && entry.reason) || (entry.stats.ttft_ms !== null && `first token ${formatDuration(entry.stats.ttft_ms)}`)}
        </p>
      </div>
      {hasPressure && <IconButton label={`Clear cooldown and penalty of ${entry.display_name}`} icon={RotateCcw} className="size-8" onClick={() => void clearPressure(entry)} />}
    </div>
  );
}

function RowQuota({ entry, name }: { entry: FallbackEntry; name: string }) {
  const tightest = entry.quota[0];
  if (!tightest || !entry.enabled || entry.state === "no_key") return <span className="hidden lg:block" />;
  const left = `${formatCount(tightest.remaining)} ${limitName(tightest.metric, tightest.window)} left`;
  const all = entry.quota.map((gauge) => `${formatCount(gauge.used)} of ${formatCount(gauge.limit)} ${limitName(gauge.metric, gauge.window)}${gauge.learned ? " (stated by the provider)" : ""}`).join("; ");
  return (
    <div className="min-w-0" title={all}>
      <p className="truncate text-sm text-muted">{left}</p>
      <Meter label={`${name}: quota left`} left={tightest.remaining} limit={tightest.limit} text={left} />
    </div>
  );
}
