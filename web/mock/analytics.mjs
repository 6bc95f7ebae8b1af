// Totals over the mock's log. The daemon keeps rollups instead; the numbers mean the same.
import { iso } from "./state.mjs";

const kRanges = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000, "90d": 90 * 86_400_000 };
const kBuckets = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export function span(query) {
  const to = query.get("to") ? Date.parse(query.get("to")) : Date.now();
  const length = kRanges[query.get("range") ?? "24h"];
  return { from: query.get("from") ? Date.parse(query.get("from")) : to - length, to };
}

const rowsIn = (state, from, to) => state.log.filter((row) => {
  const at = Date.parse(row.started_at);
  return at >= from && at < to;
});

function percentiles(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const at = (share) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const sum = (rows, name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);

function totals(state, rows) {
  const of = (outcome) => rows.filter((row) => row.outcome === outcome).length;
  const [succeeded, failed] = [of("succeeded"), of("failed")];
  return {
    requests: rows.length, succeeded, failed, rejected: of("rejected"), cancelled: of("cancelled"),
    success_rate: succeeded + failed ? succeeded / (succeeded + failed) : null,
    prompt_tokens: sum(rows, "prompt_tokens"), completion_tokens: sum(rows, "completion_tokens"), attempts: sum(rows, "attempts"),
    failovers: rows.filter((row) => row.attempts > 1).length,
    rate_limited: rows.reduce((count, row) => count + (row.attempts > 1 ? (state.details.get(row.id) ?? []).filter((a) => a.status === 429).length : 0), 0),
    cost_saved_usd: sum(rows, "cost_saved_usd"), latency_ms: percentiles(rows.map((row) => row.duration_ms)), ttft_ms: percentiles(rows.map((row) => row.ttft_ms)),
  };
}

export function summary(state, query) {
  const { from, to } = span(query);
  return { from: iso(from), to: iso(to), current: totals(state, rowsIn(state, from, to)), previous: totals(state, rowsIn(state, from - (to - from), from)) };
}

export function timeline(state, query) {
  const { from, to } = span(query);
  const length = to - from;
  const bucket_ms = kBuckets[query.get("bucket")] ?? (length <= 6 * 3_600_000 ? 60_000 : length <= 8 * 86_400_000 ? 3_600_000 : 86_400_000);
  const first = Math.floor(from / bucket_ms) * bucket_ms;
  const groups = new Map();
  for (const row of rowsIn(state, first, to)) {
    const at = Math.floor(Date.parse(row.started_at) / bucket_ms) * bucket_ms;
    groups.set(at, [...(groups.get(at) ?? []), row]);
  }
  const points = [];
  for (let at = first; at < to; at += bucket_ms) {
    const all = totals(state, groups.get(at) ?? []);
    points.push({ at: iso(at), requests: all.requests, succeeded: all.succeeded, failed: all.failed, rate_limited: all.rate_limited, prompt_tokens: all.prompt_tokens, completion_tokens: all.completion_tokens, latency_p50_ms: all.latency_ms.p50, latency_p95_ms: all.latency_ms.p95, ttft_p50_ms: all.ttft_ms.p50 });
  }
  return { from: iso(first), to: iso(to), bucket_ms, points };
}

export function breakdown(state, query, by) {
  const { from, to } = span(query);
  const groups = new Map();
  for (const row of rowsIn(state, from, to)) {
    const id = by === "model" ? row.model_id : by === "platform" ? row.platform : row.key_id;
    if (id !== null) groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  const data = [...groups].map(([id, rows]) => {
    const platform = rows[0].platform;
    const name = by === "model" ? state.models.find((model) => model.id === id)?.display_name : by === "platform" ? state.platforms.find((p) => p.slug === id)?.name : (state.keys.find((key) => key.id === id)?.label ?? "");
    const tokens = sum(rows, "completion_tokens");
    const seconds = rows.reduce((total, row) => total + (row.duration_ms - (row.ttft_ms ?? 0)), 0) / 1000;
    return { platform, model_id: by === "model" ? id : null, key_id: by === "key" ? id : null, name: name ?? String(id), ...totals(state, rows), tokens_per_second: seconds > 0 ? tokens / seconds : null, last_used_at: rows[0].started_at };
  });
  return { from: iso(from), to: iso(to), data: data.sort((a, b) => b.requests - a.requests) };
}

export function errors(state, query) {
  const { from, to } = span(query);
  const groups = new Map();
  for (const row of rowsIn(state, from, to)) {
    for (const attempt of state.details.get(row.id) ?? []) {
      if (attempt.result === "served") continue;
      const name = [attempt.failure, attempt.model_id, attempt.status].join();
      const known = groups.get(name);
      if (known) known.count++;
      else groups.set(name, { class: attempt.failure, platform: attempt.platform, model_id: attempt.model_id, upstream_id: attempt.upstream_id, status: attempt.status, count: 1, last_at: row.started_at, last_message: attempt.message ?? "" });
    }
  }
  return { from: iso(from), to: iso(to), data: [...groups.values()].sort((a, b) => b.count - a.count) };
}
