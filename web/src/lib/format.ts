// Figures and times as people read them: numbers carry their unit, times are relative with the exact one near.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function formatWhole(value: number): string {
  return whole.format(value).replaceAll(",", "\u202f");
}

/** 1234 → "1 234", 1234567 → "1.23 M". */
export function formatCount(value: number): string {
  if (Math.abs(value) < 10_000) return formatWhole(value);
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]] as const) {
    if (Math.abs(value) >= size) return `${trim(value / size)}\u00a0${unit}`;
  }
  return formatWhole(value);
}

function trim(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(2).replace(/\.?0+$/, "");
}

export function formatPercent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  const value = share * 100;
  return `${value >= 99.95 ? "100" : value === 0 ? "0" : value >= 10 ? value.toFixed(1) : value.toFixed(2)}\u00a0%`;
}

/** 0 → "< 1 ms" (whole milliseconds are what is measured), 840 → "840 ms", 2400 → "2.4 s", 200000 → "3 min 20 s". */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 0.5) return "<\u00a01\u00a0ms";
  if (ms < 1000) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}\u00a0s`;
  return spell(Math.round(ms / 1000));
}

function spell(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0\u00a0s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}\u00a0${unit}`)
    .join(" ");
}

/** "12 s ago", "in 4 min"; one unit only, because it changes while one looks. */
export function formatRelative(iso: string, now: number): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 2) return "now";
  const text = size < 120 ? `${size}\u00a0s` : size < 7200 ? `${Math.round(size / 60)}\u00a0min` : size < 172_800 ? `${Math.round(size / 3600)}\u00a0h` : `${Math.round(size / 86_400)}\u00a0d`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

export const formatExact = (iso: string): string => exact.format(new Date(iso));
export const formatDay = (iso: string): string => day.format(new Date(iso));
export const formatClock = (iso: string): string => clock.format(new Date(iso));

export function formatUsd(value: number): string {
  return `$${value >= 100 ? formatWhole(value) : value.toFixed(2)}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)}\u00a0KiB` : bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)}\u00a0MiB` : `${(bytes / 1024 ** 3).toFixed(1)}\u00a0GiB`;
}

/** Context windows are powers of two or round thousands; "128 k" is what people call them. */
export function formatTokens(tokens: number | null): string {
  if (!tokens) return "unknown";
  const isDecimal = tokens % 1000 === 0 || tokens % 1024 !== 0;
  if (tokens >= 1_000_000) return `${trim(tokens / (isDecimal ? 1e6 : 1_048_576))}\u00a0M`;
  return `${Math.round(tokens / (isDecimal ? 1000 : 1024))}\u00a0k`;
}

const kUnits = { requests: "requests", tokens: "tokens", concurrency: "at once", neurons: "neurons" } as const;
export type Metric = keyof typeof kUnits;

export function limitName(metric: Metric, window: string): string {
  return metric === "concurrency" ? "at once" : `${kUnits[metric]} per ${window}`;
}

/** "30 requests per minute" */
export const limitText = (metric: Metric, window: string, count: number): string => `${formatCount(count)} ${limitName(metric, window)}`;

/** What the daemon says in a few words, as a sentence. */
export const sentence = (words: string): string => words && `${words[0]!.toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatWhole(count)} ${count === 1 ? one : many}`;
}
