import { describe, expect, it } from "vitest";
import { absorb, type Answer } from "./chat";
import { SseCutter } from "./sse";
import { snippet } from "./snippets";

const empty = (): Answer => ({ text: "", reasoning: "", toolCalls: [], finishReason: null, served: { requestId: null, platform: null, model: null, failovers: 0, trail: null, ttftMs: null, totalMs: 0, promptTokens: null, completionTokens: null, status: 200 } });

describe("cutting a stream", () => {
  const text = 'data: {"a":1}\n\n: keep-alive\n\ndata: one\r\ndata: two\r\n\r\ndata: [DONE]\n\n';
  it.each([1, 2, 3, 7, 1000])("gives the same events in pieces of %d", (size) => {
    const cutter = new SseCutter();
    const events: string[] = [];
    for (let at = 0; at < text.length; at += size) events.push(...cutter.push(text.slice(at, at + size)));
    expect(events).toEqual(['{"a":1}', "one\ntwo", "[DONE]"]);
  });
});

describe("absorbing chunks", () => {
  it("joins text and reasoning, and notes the end", () => {
    const answer = empty();
    absorb(answer, { choices: [{ delta: { reasoning_content: "hm" } }] }, performance.now());
    absorb(answer, { choices: [{ delta: { content: "Hel" } }] }, performance.now());
    absorb(answer, { choices: [{ delta: { content: "lo" }, finish_reason: "stop" }] }, performance.now());
    expect(answer).toMatchObject({ text: "Hello", reasoning: "hm", finishReason: "stop" });
    expect(answer.served.ttftMs).not.toBeNull();
  });
  it("does not take a role for the first token", () => {
    const answer = empty();
    absorb(answer, { choices: [{ delta: { content: "" } }] }, performance.now());
    expect(answer.served.ttftMs).toBeNull();
  });
  it("joins the pieces of tool calls by index", () => {
    const answer = empty();
    absorb(answer, { choices: [{ delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "weather", arguments: '{"ci' } }] } }] }, 0);
    absorb(answer, { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: 'ty":"Oslo"}' } }, { index: 1, id: "c2", function: { name: "time", arguments: "{}" } }] } }] }, 0);
    expect(answer.toolCalls.map((call) => [call.id, call.function.name, call.function.arguments])).toEqual([["c1", "weather", '{"city":"Oslo"}'], ["c2", "time", "{}"]]);
  });
  it("takes usage from a chunk without choices", () => {
    const answer = empty();
    absorb(answer, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 5 } }, 0);
    expect(answer.served).toMatchObject({ promptTokens: 3, completionTokens: 5 });
  });
  it("throws an error frame together with what had come", () => {
    const answer = empty();
    absorb(answer, { choices: [{ delta: { content: "half" } }] }, 0);
    expect(() => absorb(answer, { error: { message: "upstream broke" } }, 0)).toThrow("upstream broke");
    expect(answer.text).toBe("half");
  });
});

describe("snippets", () => {
  it.each(["curl", "python", "node"] as const)("%s holds the base URL and the key", (kind) => {
    const text = snippet(kind, "http://host:3001/v1", "freellmapi-k");
    expect(text).toContain("http://host:3001/v1");
    expect(text).toContain("freellmapi-k");
  });
});
