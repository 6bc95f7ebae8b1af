import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, formatPercent, formatRelative, formatTokens, limitText, plural } from "./format";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("figures", () => {
  it.each([[0, "0"], [999, "999"], [9_999, "9 999"], [12_345, "12.3 k"], [1_234_567, "1.23 M"], [250_000_000, "250 M"]])("counts %d as %s", (value, text) => expect(plain(formatCount(value))).toBe(text));
  it.each([[0, "< 1 ms"], [1, "1 ms"], [840, "840 ms"], [2_400, "2.4 s"], [59_600, "1 min"], [200_000, "3 min 20 s"], [90_000_000, "1 d 1 h"]])("spells %d ms as %s", (ms, text) => expect(plain(formatDuration(ms))).toBe(text));
  it("shows a dash for what was not measured", () => expect([formatDuration(null), formatPercent(null)]).toEqual(["–", "–"]));
  it("does not round 99.9 % up to all", () => expect(plain(formatPercent(0.999))).toBe("99.9 %"));
  it("gives nothing no decimals", () => expect(plain(formatPercent(0))).toBe("0 %"));
  it("names a window by the thousand or the power of two it is made of", () => expect([131_072, 128_000, 1_048_576, 1_000_000, 0].map((tokens) => plain(formatTokens(tokens)))).toEqual(["128 k", "128 k", "1 M", "1 M", "unknown"]));
  it("gives bytes in binary units", () => expect(plain(formatBytes(19_922_944))).toBe("19.0 MiB"));
  it("says what a limit limits", () => expect([limitText("requests", "minute", 30), limitText("concurrency", "second", 1)]).toEqual(["30 requests per minute", "1 at once"]));
  it("counts one and many", () => expect([plural(1, "entry", "entries"), plural(2, "entry", "entries")]).toEqual(["1 entry", "2 entries"]));
});

describe("relative times", () => {
  const now = Date.parse("2026-11-23T12:00:00.000Z");
  it.each([["2026-11-23T12:00:01.000Z", "now"], ["2026-11-23T11:59:48.000Z", "12 s ago"], ["2026-11-23T12:04:00.000Z", "in 4 min"], ["2026-11-23T09:00:00.000Z", "3 h ago"], ["2026-11-20T12:00:00.000Z", "3 d ago"]])("%s is %s", (at, text) => expect(plain(formatRelative(at, now))).toBe(text));
});
