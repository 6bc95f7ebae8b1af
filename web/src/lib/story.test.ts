import { describe, expect, it } from "vitest";
import type { Attempt, Explain, ExplainCandidate, RequestDetail, RequestRow } from "../api/types";
import { tell } from "./story";

const row: RequestRow = { id: "req_1", started_at: "2026-11-23T12:00:00.000Z", duration_ms: 2400, ttft_ms: 700, status: 200, outcome: "succeeded", streaming: true, model_requested: "auto", platform: "google", model_id: 2, upstream_id: "gemini", key_id: 1, key_label: "mine", attempts: 2, prompt_tokens: 120, completion_tokens: 300, usage_estimated: false, cost_saved_usd: 0.001, error_code: null, error_message: null };
const attempt = (more: Partial<Attempt>): Attempt => ({ index: 0, platform: "groq", model_id: 1, upstream_id: "gpt-oss", key_id: 1, key_label: null, offset_ms: 1, connect_ms: null, ttft_ms: null, duration_ms: 240, status: 429, result: "failed", failure: "rate_limited", message: "Slow down.", retry_after_ms: 12_000, consequence: "It rests for 12 s", ...more });
const candidate = (verdict: ExplainCandidate["verdict"], order: number | null): ExplainCandidate => ({ platform: "groq", model_id: 1, upstream_id: "x", key_id: 1, key_label: null, order, position: 0, penalty: 0, effective_position: 0, terms: [], sticky: false, verdict, detail: "", available_at: null });
const explain: Explain = { request_id: "req_1", at: row.started_at, needs: { requested_model: "auto", selector: "automatic", streaming: true, tools: true, vision: false, json_schema: false, estimated_prompt_tokens: 130, estimated_total_tokens: 1130 }, strategy: "priority", candidates: [candidate("no_key", null), candidate("no_key", null), candidate("cooling_down", null), candidate("tried", 0), candidate("served", 1)], attempts: [], served: null, timings: { queue_ms: 0, route_ms: 0.05, upstream_ttfb_ms: 600, overhead_ms: 0.41, total_ms: 2400 }, summary: "", candidates_left_out: 0 };
const told = (detail: Partial<RequestDetail>) => tell({ request: row, attempts: [], explain: null, ...detail }, (slug) => slug.toUpperCase()).map((line) => `${line.tone}: ${line.text.replace(/\u00a0/g, " ")}`);

describe("the story of a request", () => {
  const served = attempt({ index: 1, platform: "google", upstream_id: "gemini", key_label: "mine", result: "served", status: 200, failure: null, ttft_ms: 650, duration_ms: 2100 });
  const lines = told({ attempts: [attempt({}), served], explain });

  it("begins with what was asked for", () => expect(lines[0]).toMatch(/a client asked for any model \(auto\), streamed, with tools; a prompt of about 130 tokens\.$/));
  it("counts who was considered and why most were not tried", () => expect(lines[1]).toBe("plain: 5 routes were considered: 2 had no key, 1 was cooling down. 2 could serve, in your order."));
  it("tells each failed attempt with status, words and consequence", () => expect(lines[2]).toBe("bad: 1. gpt-oss on GROQ: rate limited (429) after 240 ms. It said “Slow down”. It rests for 12 s."));
  it("names who answered", () => expect(lines[3]).toBe("good: 2. gemini on GOOGLE (key mine) answered: first token after 650 ms, complete after 2.1 s."));
  it("tells a connection that had to be made", () => expect(told({ attempts: [{ ...served, connect_ms: 40 }] }).at(-2)).toMatch(/answered: connected in 40 ms, first token after 650 ms/));
  it("ends with the sum and our own part of it", () => expect(lines[4]).toBe("good: All in all it took 2.4 s for 120 tokens in and 300 out. Our own part of it was 0.41 ms."));
});

describe("stories without a happy end", () => {
  it("says what the client was told when everything failed", () => expect(told({ request: { ...row, outcome: "failed", status: 502, error_message: "All broke." }, attempts: [attempt({})] }).at(-1)).toBe("bad: The client was told: All broke. (status 502)"));
  it("says why nothing was tried", () => expect(told({ request: { ...row, outcome: "rejected", status: 503, error_code: "no_route", error_message: "No key at all." } }).at(-1)).toBe("bad: No model was tried. The client was told: No key at all. (status 503, code no_route)"));
  it("claims no model for a request that was refused unread", () => {
    const lines = told({ request: { ...row, outcome: "rejected", model_requested: "", status: 400, error_code: "invalid_json" } });
    expect(lines[0]).toMatch(/a client sent a request that was refused before its model was looked at\.$/);
    expect(lines[1]).toBe("bad: No model was tried. The client was told: status 400, code invalid_json.");
  });
  it("blames nobody when the client left", () => expect(told({ request: { ...row, outcome: "cancelled" }, attempts: [attempt({ result: "cancelled" })] }).at(-1)).toMatch(/Nothing was held against the model/));
  it("admits what could not be taken back", () => expect(told({ request: { ...row, outcome: "failed" }, attempts: [attempt({ result: "cut_off" })] })[1]).toMatch(/broke off in the middle/));
});
