// The small pure parts that pages are made of.
import { describe, expect, it } from "vitest";
import { applyKeyEvent, mergeRequest } from "../api/events";
import type { Key, ModelLimit, Platform, RequestRow } from "../api/types";
import { arrange } from "./keys";
import { secretsOf } from "./keys/add-key";
import { changedLimits } from "./models/limit-editor";
import { limitSummary } from "./models/limits";
import { requestName } from "../lib/words";
import { storedWords } from "../lib/steps";
import { dayWords } from "./keys/key-row";
import { change } from "./overview/figures";
import { barHeight } from "./overview/traffic";
import { toMessages } from "./playground/conversation";
import { readTools } from "./playground/options";
import { fits, withLive } from "./requests";
import { browserOf } from "./settings/account";
import { unitOf } from "./settings/block";

const row = (id: string, more: Partial<RequestRow> = {}) => ({ id, started_at: `2026-11-23T12:00:0${id}.000Z`, outcome: "succeeded", attempts: 1, platform: "groq", status: 200, ...more }) as RequestRow;
const key = (id: number, platform = "groq") => ({ id, platform, label: "" }) as Key;
const limit = (metric: ModelLimit["metric"], window: ModelLimit["window"], count: number): ModelLimit => ({ metric, window, count, scope: "model_key", reset: "sliding", source: "catalog", catalog_count: count });

describe("the live feed", () => {
  it("replaces the row an event continues", () => expect(mergeRequest([row("1"), row("2")], row("2", { outcome: "failed" })).map((one) => one.outcome)).toEqual(["succeeded", "failed"]));
  it("puts a new request on top", () => expect(mergeRequest([row("1")], row("2")).map((one) => one.id)).toEqual(["2", "1"]));
  it("keeps a bounded number", () => expect(Array.from({ length: 700 }, (_, n) => row(String(n))).reduce(mergeRequest, [] as RequestRow[])).toHaveLength(400));
  it("adds, changes and removes keys", () => {
    const two = applyKeyEvent([key(1)], { change: "added", key: key(2) });
    expect(applyKeyEvent(two, { change: "deleted", key: key(1) }).map((one) => one.id)).toEqual([2]);
    expect(applyKeyEvent(two, { change: "changed", key: { ...key(2), label: "new" } })[1]!.label).toBe("new");
  });
});

describe("the request list", () => {
  it("shows a request once, newest first, as the feed last told it", () => expect(withLive([row("2", { outcome: "failed" }), row("3"), row("4")], [row("2"), row("1")]).map((one) => [one.id, one.outcome])).toEqual([["4", "succeeded"], ["3", "succeeded"], ["2", "failed"], ["1", "succeeded"]]));
  it("holds live rows to the filter", () => expect([fits(row("1"), { platform: "google" }), fits(row("1", { attempts: 3 }), { failover: true }), fits(row("1"), {})]).toEqual([false, true, true]));
});

describe("keys", () => {
  it("joins the parts of one key", () => expect(secretsOf([" account ", "token"], false)).toEqual(["account:token"]));
  it("wants every part", () => expect(secretsOf(["account", ""], false)).toEqual([]));
  it("takes one key per line, once", () => expect(secretsOf(["a\nb\n\na"], true)).toEqual(["a", "b"]));
  it("puts platforms in use first and dead ones last", () => {
    const platform = (slug: string, status = "live") => ({ slug, status, enabled: true, models: { total: 1, enabled: 1 } }) as Platform;
    expect(arrange([platform("github", "retired"), platform("google"), platform("groq")], [key(1)], false).map((group) => [group.title, group.rows.map((one) => one.platform.slug)])).toEqual([["In the pool", ["groq"]], ["Could join", ["google"]], ["Gone", ["github"]]]);
  });
});

describe("limits", () => {
  const limits = [limit("requests", "minute", 30), limit("tokens", "day", 200_000)];
  it("sends only what differs", () => expect(changedLimits(limits, { "requests/minute": "30", "tokens/day": "100 000" })).toEqual([{ metric: "tokens", window: "day", count: 100_000 }]));
  it("sends null for an emptied field", () => expect(changedLimits(limits, { "requests/minute": "" })).toEqual([{ metric: "requests", window: "minute", count: null }]));
  it("sums them up in a line", () => expect(limitSummary(limits).replace(/\u00a0/g, " ")).toBe("30 req/min, 200 k tok/day"));
});

describe("odds and ends", () => {
  it("compares with the span before", () => expect([change(150, 100), change(50, 100), change(100, 100), change(3, 0)]).toEqual(["50 % more than before", "50 % fewer than before", "as many as before", "none in the span before"]));
  it("draws slower requests higher, within bounds", () => {
    expect(barHeight(500)).toBeLessThan(barHeight(5000));
    expect(barHeight(600_000)).toBe(1);
    expect(barHeight(1)).toBeGreaterThan(0);
  });
  it("shows a duration in the largest unit that fits", () => expect([0, 250, 30_000, 120_000, 86_400_000].map(unitOf)).toEqual([1000, 1, 1000, 60_000, 86_400_000]));
  it("names browsers", () => expect(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36")).toBe("Chrome on Linux"));
  it("sends a conversation with its pictures and tool results, and leaves out empty answers", () => {
    const messages = toMessages([{ role: "user", text: "see", images: ["data:x"] }, { role: "assistant", text: "", reasoning: "", toolCalls: [], served: {}, state: "stopped" }, { role: "tool", callId: "c1", text: "4" }], "be brief");
    expect(messages.map((message) => message.role)).toEqual(["system", "user", "tool"]);
    expect(messages[1]!.content).toHaveLength(2);
  });
  it("says what is wrong with a list of tools", () => expect([readTools("[]").error, readTools("{}").error, readTools("[").error]).toEqual([null, "This must be a JSON array of tools.", expect.stringContaining("Not JSON")]));
});

describe("words for what happened", () => {
  const rejected = { upstream_id: null, model_requested: "", outcome: "rejected", status: 400, error_code: "invalid_json" } as const;

  it("names a request that was refused unread by its error", () => expect([requestName(rejected), requestName({ ...rejected, error_code: null })]).toEqual(["rejected: invalid_json", "rejected: status 400"]));
  it("names any other by its model", () => expect([requestName({ ...rejected, model_requested: "gpt-4o" }), requestName({ ...rejected, upstream_id: "gemini" })]).toEqual(["gpt-4o", "gemini"]));
  it("calls no key ready that nobody has checked", () => expect(storedWords([{ state: "unknown" }, { state: "valid" }, { state: "unknown" }])).toBe("3 keys stored: 1 valid, 2 not checked yet."));
  it("tells a key's requests from its failed attempts", () => expect([dayWords({ requests_24h: 1, failures_24h: 2 }), dayWords({ requests_24h: 2, failures_24h: 0 }), dayWords({ requests_24h: 0, failures_24h: 0 })]).toEqual(["1 request in 24 h, 2 attempts failed or broken off", "2 requests in 24 h", ""]));
});
