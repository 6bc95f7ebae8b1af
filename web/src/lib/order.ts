// The fallback order as a value: drafts, moves, presets, filters. Pure; the page only shows it.
import type { FallbackEntry } from "../api/types";

/** One model and whether it is switched on. */
export type Line = [id: number, enabled: boolean];

/** Changes not stored yet, with what they were made on. */
export type Draft = { version: number; base: Line[]; lines: Line[] };

export type Preset = "intelligence" | "speed" | "budget";
export type Filter = { text: string; platform: string; tools: boolean; vision: boolean; context: number; hasKey: boolean };
export const kNoFilter: Filter = { text: "", platform: "", tools: false, vision: false, context: 0, hasKey: false };

export const linesOf = (entries: FallbackEntry[]): Line[] => entries.map((entry) => [entry.model_id, entry.enabled]);

export function sameLines(a: Line[], b: Line[]): boolean {
  return a.length === b.length && a.every(([id, enabled], index) => b[index]![0] === id && b[index]![1] === enabled);
}

/** Entries in the draft's order. Models that came since stand where the daemon put them, at the end. */
export function applyLines(entries: FallbackEntry[], lines: Line[]): FallbackEntry[] {
  const byId = new Map(entries.map((entry) => [entry.model_id, entry]));
  const shown: FallbackEntry[] = [];
  for (const [id, enabled] of lines) {
    const entry = byId.get(id);
    if (!entry) continue;
    byId.delete(id);
    shown.push(entry.enabled === enabled ? entry : { ...entry, enabled });
  }
  return [...shown, ...byId.values()];
}

/** Puts `id` at the place of `target`: behind it when moving down, before it when moving up. */
export function moveTo(lines: Line[], id: number, target: number): Line[] {
  const from = lines.findIndex(([line]) => line === id);
  const to = lines.findIndex(([line]) => line === target);
  if (from < 0 || to < 0 || from === to) return lines;
  const next = [...lines];
  const [moved] = next.splice(from, 1);
  next.splice(to, 0, moved!);
  return next;
}

/** One step, or to an end, among the rows in sight: with a filter set, the hidden rows are stepped over. */
export function step(lines: Line[], visible: number[], id: number, where: "up" | "down" | "top" | "bottom"): Line[] {
  const at = visible.indexOf(id);
  const to = { up: at - 1, down: at + 1, top: 0, bottom: visible.length - 1 }[where];
  const target = visible[to];
  return at < 0 || target === undefined ? lines : moveTo(lines, id, target);
}

export function switchTo(lines: Line[], id: number, enabled: boolean): Line[] {
  return lines.map((line) => (line[0] === id ? [id, enabled] : line));
}

export function sortBy(entries: FallbackEntry[], preset: Preset): Line[] {
  const value: Record<Preset, (entry: FallbackEntry) => number> = {
    intelligence: (entry) => entry.intelligence_rank ?? Number.MAX_SAFE_INTEGER,
    speed: (entry) => entry.speed_rank ?? Number.MAX_SAFE_INTEGER,
    budget: (entry) => -(entry.monthly_token_budget ?? 0),
  };
  const of = value[preset];
  const tie = value.intelligence;
  return linesOf([...entries].sort((a, b) => of(a) - of(b) || tie(a) - tie(b)));
}

export function matches(entry: FallbackEntry, filter: Filter): boolean {
  const text = filter.text.trim().toLowerCase();
  return (
    (!text || `${entry.display_name} ${entry.upstream_id} ${entry.logical_name} ${entry.platform}`.toLowerCase().includes(text)) &&
    (!filter.platform || entry.platform === filter.platform) &&
    (!filter.tools || entry.capabilities.tools) &&
    (!filter.vision || entry.capabilities.vision) &&
    (!filter.context || (entry.context_window ?? 0) >= filter.context) &&
    (!filter.hasKey || entry.state !== "no_key")
  );
}

/** How many models stand elsewhere or are switched otherwise, as a person would count them. */
export function countChanges(base: Line[], lines: Line[]): { moved: number; switched: number } {
  const before = new Map(base);
  const switched = lines.filter(([id, enabled]) => before.has(id) && before.get(id) !== enabled).length;
  const place = new Map(base.map(([id], index) => [id, index]));
  const sequence = lines.map(([id]) => place.get(id)).filter((at): at is number => at !== undefined);
  return { moved: sequence.length - longestRise(sequence), switched };
}

/** Length of the longest increasing subsequence: the rows that need not have moved. */
function longestRise(sequence: number[]): number {
  const tails: number[] = [];
  for (const value of sequence) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tails[middle]! < value) low = middle + 1;
      else high = middle;
    }
    tails[low] = value;
  }
  return tails.length;
}
