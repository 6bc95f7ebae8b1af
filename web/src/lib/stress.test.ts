import { describe, expect, it, vi } from "vitest";
import { csvCell } from "./download";
import { phasesOf, runPlan, shotsCsv, toMarkdown, totalsOf, type Shot } from "./stress";

const shot = (number: number, model: string | null, more: Partial<Shot> = {}): Shot => ({ number, at_ms: number * 200, duration_ms: 100, status: model ? 200 : 429, platform: model ? "groq" : null, model, failovers: 0, error: model ? null : "empty", requestId: null, ...more });

describe("phases", () => {
  it("follow the requests' numbers, however the answers came in", () => expect(phasesOf([shot(3, "b"), shot(1, "a"), shot(2, "a")]).map((phase) => [phase.model, phase.first, phase.last])).toEqual([["a", 1, 2], ["b", 3, 3]]));
  it("begin anew when a model comes back", () => expect(phasesOf([shot(1, "a"), shot(2, "b"), shot(3, "a")])).toHaveLength(3));
  it("count a refused request in the phase it fell into", () => expect(phasesOf([shot(1, "a"), shot(2, null), shot(3, "a")])).toMatchObject([{ requests: 3, succeeded: 2 }]));
  it("average the answered ones only", () => expect(phasesOf([shot(1, "a", { duration_ms: 100 }), shot(2, "a", { duration_ms: 300 })])[0]!.mean_ms).toBe(200));
});

describe("totals", () => {
  const totals = totalsOf([shot(1, "a"), shot(2, "b", { failovers: 2 }), shot(3, null), shot(4, null, { status: 502 })]);
  it("tell answers, 429s, other errors and attempts apart", () => expect(totals).toMatchObject({ sent: 4, succeeded: 2, rateLimited: 1, otherErrors: 1, failovers: 2, attempts: 6, models: 2 }));
  it("have no latency without an answer", () => expect(totalsOf([shot(1, null)]).median_ms).toBeNull());
});

describe("a run", () => {
  it("sends as many as planned, with a pause between each two", async () => {
    const sleep = vi.fn(async () => undefined);
    const sent: number[] = [];
    await runPlan({ count: 3, delay_ms: 200, model: "auto", prompt: "", max_tokens: 1 }, async (number) => void sent.push(number), new AbortController().signal, sleep);
    expect(sent).toEqual([1, 2, 3]);
    expect(sleep.mock.calls).toEqual([[200], [200]]);
  });
  it("sends no more once it is stopped", async () => {
    const control = new AbortController();
    const sent: number[] = [];
    await runPlan({ count: 100, delay_ms: 0, model: "auto", prompt: "", max_tokens: 1 }, async (number) => { sent.push(number); if (number === 2) control.abort(); }, control.signal, async () => undefined);
    expect(sent).toEqual([1, 2]);
  });
});

describe("exports", () => {
  it("quote what CSV needs quoted and disarm formulas", () => expect(['a "b", c', "=1+1", "-x", null, 3].map(csvCell)).toEqual(['"a ""b"", c"', "'=1+1", "'-x", "", "3"]));
  it("have one line per request and a head", () => expect(shotsCsv([shot(1, "a"), shot(2, "a")]).trim().split("\r\n")).toHaveLength(3));
  it("make a table like the article's", () => expect(toMarkdown(phasesOf([shot(1, "a")]), totalsOf([shot(1, "a")]))).toContain("| 1 | groq/a | 1–1 | 1 | 1 | 0 | 100 ms |"));
});
