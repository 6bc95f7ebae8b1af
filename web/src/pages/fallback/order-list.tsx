// The order as a virtual list: some twenty rows exist at a time, however many models there are. Pointer and
// touch dragging is dnd-kit's; the keyboard has its own way, because a list that is only partly there gives a
// generic keyboard sensor nothing to measure.
import { closestCenter, DndContext, DragOverlay, MouseSensor, TouchSensor, useSensor, useSensors, type Active, type Announcements, type DragEndEvent, type Over } from "@dnd-kit/core";
import { SortableContext, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { FallbackEntry } from "../../api/types";
import { useMedia, useOffsetTop } from "../../lib/hooks";
import { moveTo, step, switchTo, type Line } from "../../lib/order";
import { RowBody, SortableRow } from "./order-row";

type OrderListProps = { entries: FallbackEntry[]; all: FallbackEntry[]; names: Map<string, string>; lines: Line[]; onChange: (lines: Line[]) => void };

export function OrderList({ entries, all, names, lines, onChange }: OrderListProps) {
  const list = useRef<HTMLDivElement>(null);
  const wide = useMedia("(min-width: 64rem)");
  const [dragged, setDragged] = useState<number | null>(null);
  const [lifted, setLifted] = useState<{ id: number; before: Line[] } | null>(null);
  const [said, setSaid] = useState("");
  const margin = useOffsetTop(list);
  const ids = useMemo(() => entries.map((entry) => entry.model_id), [entries]);
  const places = useMemo(() => new Map(all.map((entry, index) => [entry.model_id, index])), [all]);
  const held = dragged === null ? -1 : ids.indexOf(dragged);
  const sensors = useSensors(useSensor(MouseSensor, { activationConstraint: { distance: 4 } }), useSensor(TouchSensor, { activationConstraint: { delay: 160, tolerance: 8 } }));
  const height = wide ? 64 : 128;
  const virtual = useWindowVirtualizer({
    count: entries.length,
    estimateSize: () => height,
    overscan: 6,
    scrollMargin: margin,
    getItemKey: (index) => ids[index] ?? index,
    rangeExtractor: (range) => [...new Set([...(held >= 0 ? [held] : []), ...defaultRangeExtractor(range)])].sort((a, b) => a - b),
  });
  useLayoutEffect(() => virtual.measure(), [height, virtual]);

  const drop = ({ active, over }: DragEndEvent) => {
    setDragged(null);
    if (over && over.id !== active.id) onChange(moveTo(lines, Number(active.id), Number(over.id)));
  };
  const latest = useRef({ lines, ids, lifted, onChange, entries, places });
  latest.current = { lines, ids, lifted, onChange, entries, places };

  const move = useCallback((id: number, where: "up" | "down" | "top" | "bottom") => {
    const now = latest.current;
    const next = step(now.lines, now.ids, id, where);
    if (next === now.lines) return setSaid(where === "up" || where === "top" ? "Already the first." : "Already the last.");
    now.onChange(next);
    const at = next.findIndex(([line]) => line === id);
    const name = now.entries.find((entry) => entry.model_id === id)?.display_name ?? "";
    setSaid(`${name} is now number ${at + 1} of ${next.length}.`);
    const shown = now.ids.indexOf(id) + { up: -1, down: 1, top: -Infinity, bottom: Infinity }[where];
    requestAnimationFrame(() => virtual.scrollToIndex(Math.min(now.ids.length - 1, Math.max(0, shown)), { align: "auto" }));
  }, [virtual]);

  const onKey = useCallback((event: KeyboardEvent, entry: FallbackEntry) => {
    const { lifted: up, lines: now } = latest.current;
    const isUp = up?.id === entry.model_id;
    const way = ({ ArrowUp: "up", ArrowDown: "down", Home: "top", End: "bottom" } as const)[event.key];
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      setLifted(isUp ? null : { id: entry.model_id, before: now });
      setSaid(isUp ? `${entry.display_name} dropped. Save the order to keep it.` : `${entry.display_name} lifted. Arrow keys move it, space drops it, escape puts it back.`);
    } else if (event.key === "Escape" && isUp) {
      event.preventDefault();
      latest.current.onChange(up.before);
      setLifted(null);
      setSaid(`${entry.display_name} put back.`);
    } else if (way && (isUp || event.altKey)) {
      event.preventDefault();
      move(entry.model_id, way);
    }
  }, [move]);

  const enable = useCallback((id: number, enabled: boolean) => latest.current.onChange(switchTo(latest.current.lines, id, enabled)), []);
  const overlay = dragged === null ? undefined : entries[held];
  const announcements = useMemo(() => wordsOfDragging(entries, places), [entries, places]);
  return (
    <>
      <p id="drag-help" className="sr-only">Press space to lift, arrow keys to move, space to drop, escape to cancel. Alt with an arrow moves at once.</p>
      <p className="sr-only" aria-live="assertive">{said}</p>
      <DndContext sensors={sensors} collisionDetection={closestCenter} accessibility={{ screenReaderInstructions: { draggable: "" }, announcements }} onDragStart={({ active }) => setDragged(Number(active.id))} onDragCancel={() => setDragged(null)} onDragEnd={drop}>
        <SortableContext items={ids} strategy={verticalListSortingStrategy}>
          <div ref={list} role="list" aria-label="Fallback order" className="relative border-t border-line" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const entry = entries[item.index]!;
              return (
                <SortableRow
                  key={entry.model_id}
                  entry={entry}
                  top={item.start - margin}
                  height={height}
                  place={places.get(entry.model_id) ?? item.index}
                  index={item.index}
                  total={entries.length}
                  platform={names.get(entry.platform) ?? entry.platform}
                  lifted={lifted?.id === entry.model_id}
                  onKey={onKey}
                  onMove={move}
                  onEnable={enable}
                />
              );
            })}
          </div>
        </SortableContext>
        <DragOverlay>
          {overlay && (
            <div className="rounded-md border border-accent bg-surface shadow-2xl" style={{ height }}>
              <RowBody entry={overlay} place={places.get(overlay.model_id) ?? 0} platform={names.get(overlay.platform) ?? overlay.platform} />
            </div>
          )}
        </DragOverlay>
      </DndContext>
    </>
  );
}

/** What is said of a drag with the mouse or a finger; the keyboard's own way says more. */
function wordsOfDragging(entries: FallbackEntry[], places: Map<number, number>): Announcements {
  const name = ({ id }: Active) => entries.find((entry) => entry.model_id === id)?.display_name ?? "";
  const place = (over: Over | null) => (places.get(Number(over?.id)) ?? 0) + 1;
  return {
    onDragStart: ({ active }) => `${name(active)} lifted.`,
    onDragOver: ({ active, over }) => (over ? `${name(active)} goes to number ${place(over)}.` : `${name(active)} stays where it was.`),
    onDragEnd: ({ active }) => `${name(active)} dropped. Save the order to keep it.`,
    onDragCancel: ({ active }) => `${name(active)} put back.`,
  };
}
