import type { ModelLimit } from "../../api/types";
import { formatCount } from "../../lib/format";

const kShort: Record<string, string> = { "requests/minute": "req/min", "requests/day": "req/day", "requests/hour": "req/h", "requests/month": "req/month", "tokens/minute": "tok/min", "tokens/day": "tok/day", "tokens/month": "tok/month", "neurons/day": "neurons/day" };

/** "30 req/min, 1 000 req/day" */
export function limitSummary(limits: ModelLimit[]): string {
  if (limits.length === 0) return "none of its own";
  return limits.map((limit) => (limit.metric === "concurrency" ? `${limit.count} at once` : `${formatCount(limit.count)} ${kShort[`${limit.metric}/${limit.window}`] ?? `${limit.metric}/${limit.window}`}`)).join(", ");
}

export const limitId = (limit: Pick<ModelLimit, "metric" | "window">): string => `${limit.metric}/${limit.window}`;
export const windowWords: Record<ModelLimit["reset"], string> = { sliding: "a sliding window", utc: "starts over at midnight UTC", pacific: "starts over at midnight Pacific time" };
export const scopeWords: Record<ModelLimit["scope"], string> = { model_key: "for each key", model: "over all keys", key: "shared by all models of a key", platform: "shared by the whole platform" };
