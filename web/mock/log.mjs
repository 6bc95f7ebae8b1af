// Made-up history: thirty days of requests with a daily rhythm, a few failovers and a few failures.
import { usableKeys } from "./state.mjs";

const kFailures = [
  ["rate_limited", 429, "Rate limit reached for requests per minute"],
  ["provider_busy", 503, "The model is currently overloaded"],
  ["timed_out", null, "No first byte within 60 s"],
  ["connect_failed", null, "Connection reset by peer"],
  ["daily_quota", 429, "You exceeded your current quota, limit per day"],
  ["provider_error", 502, "Bad gateway"],
];
export const someFailure = (random) => random.pick(kFailures);

export function attemptOf(state, model, index, offset, duration, failure) {
  const key = usableKeys(state, model.platform)[0];
  const [kind, status, message] = failure ?? [];
  return {
    index, platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, key_id: key?.id ?? null, key_label: key?.label ?? null,
    offset_ms: Math.round(offset), connect_ms: index % 2 ? 38 : null, ttft_ms: failure ? null : Math.round(duration * 0.35), duration_ms: Math.round(duration),
    status: failure ? status : 200, result: failure ? "failed" : "served", failure: kind ?? null, message: message ?? null,
    retry_after_ms: kind === "rate_limited" ? 12_000 : null,
    consequence: failure ? consequence(kind, model, state.platforms.find((platform) => platform.slug === model.platform)?.name) : null,
  };
}

function consequence(kind, model, platform) {
  if (kind === "rate_limited") return `${model.display_name} rests for 12 s with this key, and moves 3 places down`;
  if (kind === "daily_quota") return `${model.display_name} rests with this key until its day starts over`;
  return `${platform} was left out for the rest of this request`;
}

export function makeRow(state, at, pool) {
  const { random } = state;
  const streaming = random.next() < 0.7;
  const luck = random.next();
  const failures = luck < 0.9 ? 0 : luck < 0.97 ? 1 : random.whole(2, 4);
  const start = Math.floor(Math.min(random.next() ** 2.2, 0.999) * pool.length);
  const attempts = [];
  let offset = random.between(0.2, 1.4);
  for (let n = 0; n < failures; ++n) {
    const duration = random.skewed(240);
    attempts.push(attemptOf(state, pool[(start + n) % pool.length], n, offset, duration, someFailure(random)));
    offset += duration;
  }
  const model = pool[(start + failures) % pool.length];
  const duration = random.skewed(500 + model.speed_rank * 220);
  const ok = random.next() < 0.988;
  attempts.push(attemptOf(state, model, failures, offset, duration, ok ? undefined : someFailure(random)));
  const last = attempts.at(-1);
  const completion = ok ? random.whole(40, 900) : null;
  const prompt = random.whole(60, 3200);
  return {
    row: {
      id: `req_${random.hex(16)}`, started_at: new Date(at).toISOString(), duration_ms: Math.round(offset + duration), ttft_ms: ok ? Math.round(offset + (last.ttft_ms ?? 0)) : null,
      status: ok ? 200 : 502, outcome: ok ? "succeeded" : "failed", streaming, model_requested: failures > 0 || random.next() < 0.8 ? "auto" : model.logical_name,
      platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, key_id: last.key_id, key_label: last.key_label, attempts: attempts.length,
      prompt_tokens: ok ? prompt : null, completion_tokens: completion, usage_estimated: random.next() < 0.06,
      cost_saved_usd: ok ? (prompt * 0.9 + completion * 4) / 1e6 : null, error_code: ok ? null : "upstream_failed", error_message: ok ? null : "Every candidate broke: see the attempts.",
    },
    attempts,
  };
}

export function servingPool(state) {
  return state.order.map((id) => state.models.find((model) => model.id === id)).filter((model) => model.enabled && usableKeys(state, model.platform).length).slice(0, 24);
}

export function fillLog(state, count) {
  const pool = servingPool(state);
  const span = 30 * 86_400_000;
  const now = Date.now();
  const times = Array.from({ length: count }, () => {
    const back = state.random.next() ** 1.2 * span;
    const hour = new Date(now - back).getUTCHours();
    return hour < 6 && state.random.next() < 0.7 ? now - back * state.random.next() : now - back;
  }).sort((a, b) => b - a);
  for (const at of times) {
    const { row, attempts } = makeRow(state, at, pool);
    state.log.push(row);
    if (attempts.length > 1 || state.log.length < 400) state.details.set(row.id, attempts);
  }
}
