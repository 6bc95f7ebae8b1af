import { describe, expect, it } from "vitest";
import type { FallbackEntry } from "../api/types";
import { applyLines, countChanges, kNoFilter, linesOf, matches, moveTo, sameLines, sortBy, step, switchTo, type Line } from "./order";

const entry = (model_id: number, more: Partial<FallbackEntry> = {}): FallbackEntry => ({
  model_id, platform: "groq", upstream_id: `m${model_id}`, logical_name: `m${model_id}`, display_name: `Model ${model_id}`, intelligence_rank: model_id, speed_rank: 10 - model_id, context_window: 128_000, max_output_tokens: null,
  capabilities: { tools: true, vision: false, reasoning: false, json_schema: false }, monthly_token_budget: model_id * 1000, enabled: true, disabled_reason: null, position: model_id, usable_keys: 1, state: "ready", reason: null, penalty: 0, penalty_decays_at: null,
  effective_position: model_id, cooldown_until: null, available_at: null, quota: [], stats: { success_rate: null, ttft_ms: null, tokens_per_second: null }, ...more,
});
const lines: Line[] = [[1, true], [2, true], [3, true], [4, true]];
const ids = (all: Line[]) => all.map(([id]) => id);

describe("moving", () => {
  it("puts a line before its target when it goes up", () => expect(ids(moveTo(lines, 4, 1))).toEqual([4, 1, 2, 3]));
  it("puts a line behind its target when it goes down", () => expect(ids(moveTo(lines, 1, 3))).toEqual([2, 3, 1, 4]));
  it("leaves the list itself alone", () => { moveTo(lines, 1, 3); expect(ids(lines)).toEqual([1, 2, 3, 4]); });
  it("returns the same list when there is nothing to move", () => expect(moveTo(lines, 9, 1)).toBe(lines));
  it("steps over the rows that a filter hides", () => expect(ids(step(lines, [1, 4], 4, "up"))).toEqual([4, 1, 2, 3]));
  it("stops at the ends", () => expect([step(lines, [1, 2, 3, 4], 1, "up"), step(lines, [1, 2, 3, 4], 4, "down")]).toEqual([lines, lines]));
});

describe("a draft", () => {
  const entries = [1, 2, 3].map((id) => entry(id));
  it("shows the entries in its own order with its own switches", () => expect(applyLines(entries, [[3, false], [1, true], [2, true]]).map((row) => [row.model_id, row.enabled])).toEqual([[3, false], [1, true], [2, true]]));
  it("keeps models that came since, at the end", () => expect(applyLines(entries, [[2, true]]).map((row) => row.model_id)).toEqual([2, 1, 3]));
  it("drops models that are gone", () => expect(applyLines(entries, [[9, true], [1, true]]).map((row) => row.model_id)).toEqual([1, 2, 3]));
  it("is no change when it says what is stored", () => expect(sameLines(linesOf(entries), [[1, true], [2, true], [3, true]])).toBe(true));
  it("counts a line moved to the top as one move", () => expect(countChanges(lines, moveTo(lines, 4, 1))).toEqual({ moved: 1, switched: 0 }));
  it("counts switches apart from moves", () => expect(countChanges(lines, switchTo(lines, 2, false))).toEqual({ moved: 0, switched: 1 }));
});

describe("presets and filters", () => {
  const entries = [entry(1, { intelligence_rank: null }), entry(2), entry(3, { platform: "google", capabilities: { tools: false, vision: true, reasoning: false, json_schema: false }, state: "no_key", context_window: 1_000_000 })];
  it("puts what has no rank last", () => expect(ids(sortBy(entries, "intelligence"))).toEqual([2, 3, 1]));
  it("puts the fastest first", () => expect(ids(sortBy(entries, "speed"))).toEqual([3, 2, 1]));
  it("puts the largest budget first", () => expect(ids(sortBy(entries, "budget"))).toEqual([3, 2, 1]));
  it.each([[{ text: "model 2" }, [2]], [{ platform: "google" }, [3]], [{ tools: true }, [1, 2]], [{ vision: true }, [3]], [{ context: 500_000 }, [3]], [{ hasKey: true }, [1, 2]]])("filters by %o", (part, expected) => expect(entries.filter((row) => matches(row, { ...kNoFilter, ...part })).map((row) => row.model_id)).toEqual(expected));
});
