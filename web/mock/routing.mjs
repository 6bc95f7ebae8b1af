// Where a request goes in the mock, and how that is shown: the fallback list, quotas, the explain record.
import { findModel, hasRoute, iso, usableKeys } from "./state.mjs";

const kSpan = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, month: 30 * 86_400_000 };

export const platformOf = (state, slug) => state.platforms.find((platform) => platform.slug === slug);
const limitsOf = (state, model) => [...model.limits, ...(platformOf(state, model.platform)?.limits ?? [])];

function gauge(state, model, limit) {
  const keys = Math.max(1, usableKeys(state, model.platform).length);
  const share = state.used.get(model.id) ?? 0;
  const learned = state.learned.find((l) => l.model_id === model.id && l.metric === limit.metric && l.window === limit.window);
  const count = (learned?.limit ?? limit.count) * keys;
  const isDay = limit.window === "day" || limit.window === "month";
  const used = Math.min(count, Math.round(count * (isDay ? share : share * 0.6)));
  const untilMidnight = 86_400_000 - (Date.now() % 86_400_000);
  return { metric: limit.metric, window: limit.window, used, limit: count, remaining: count - used, resets_at: used === 0 ? null : iso(Date.now() + (isDay && limit.reset !== "sliding" ? untilMidnight : kSpan[limit.window] * 0.4)), learned: Boolean(learned) };
}

export function cooldownOf(state, model) {
  const now = Date.now();
  state.cooldowns = state.cooldowns.filter((cooldown) => Date.parse(cooldown.until) > now);
  const own = state.cooldowns.filter((c) => c.model_id === model.id);
  const keys = usableKeys(state, model.platform);
  const free = keys.filter((key) => !own.some((c) => c.key_id === key.id));
  return own.length && free.length === 0 ? own.sort((a, b) => a.until.localeCompare(b.until))[0] : null;
}

export function penaltyOf(state, model) {
  const penalty = state.penalties.get(model.id);
  if (!penalty) return { value: 0, decaysAt: null };
  const { penalty_decay_ms } = state.settings.routing;
  const steps = Math.floor((Date.now() - penalty.hit) / penalty_decay_ms);
  const value = Math.max(0, penalty.value - steps);
  return value === 0 ? { value: 0, decaysAt: null } : { value, decaysAt: iso(penalty.hit + (steps + 1) * penalty_decay_ms) };
}

function stateOf(state, model, gauges, cooldown) {
  const platform = platformOf(state, model.platform);
  if (!model.enabled) return ["disabled", model.disabled_reason ?? "Switched off by you"];
  if (!platform.enabled) return ["platform_disabled", `${platform.name} is switched off`];
  if (!hasRoute(state, model.platform)) return ["no_key", `No usable key for ${platform.name}`];
  if (cooldown) return ["cooling_down", `${cooldown.stated_by === "provider" ? "The provider asked to wait" : "Resting after a failure"}: ${cooldown.message}`];
  const spent = gauges.find((g) => g.remaining <= 0);
  if (spent) return ["quota_exhausted", `${spent.metric} per ${spent.window}: ${spent.used}/${spent.limit} used`];
  return ["ready", null];
}

export function entry(state, model, position) {
  const quota = limitsOf(state, model).map((limit) => gauge(state, model, limit)).sort((a, b) => a.remaining / a.limit - b.remaining / b.limit);
  const cooldown = cooldownOf(state, model);
  const [status, reason] = stateOf(state, model, quota, cooldown);
  const penalty = penaltyOf(state, model);
  const measured = hasRoute(state, model.platform) && model.enabled;
  const { id, limits: _limits, position: _position, status: _status, ...rest } = model;
  return {
    model_id: id, ...rest, position, usable_keys: usableKeys(state, model.platform).length, state: status, reason,
    penalty: penalty.value, penalty_decays_at: penalty.decaysAt, effective_position: position + penalty.value,
    cooldown_until: cooldown?.until ?? null, available_at: cooldown?.until ?? (status === "quota_exhausted" ? quota[0].resets_at : null), quota,
    stats: measured ? { success_rate: 0.93 + ((id * 37) % 70) / 1000, ttft_ms: 180 + (model.speed_rank ?? 5) * 70 + ((id * 53) % 90), tokens_per_second: Math.round(1400 / ((model.speed_rank ?? 5) + 2)) } : { success_rate: null, ttft_ms: null, tokens_per_second: null },
  };
}

export function fallback(state) {
  const entries = state.order.map((id, position) => entry(state, findModel(state, id), position));
  const best = ranked(entries)[0];
  return {
    version: state.version, strategy: state.settings.routing.strategy, customised: state.customised,
    next: best ? { model_id: best.model_id, platform: best.platform, upstream_id: best.upstream_id, key_id: usableKeys(state, best.platform)[0]?.id ?? null, reason: whyFirst(best, entries) } : null,
    entries,
  };
}

const ranked = (entries) => entries.filter((e) => e.state === "ready").sort((a, b) => a.effective_position - b.effective_position || a.position - b.position);

function whyFirst(best, entries) {
  const ahead = entries.filter((e) => e.position < best.position && e.enabled && e.usable_keys > 0);
  if (ahead.length === 0) return "It stands first in your order and has quota left.";
  const words = { cooling_down: "cooling down", quota_exhausted: "out of quota", ready: "held back by a penalty" };
  const count = (name) => ahead.filter((e) => e.state === name).length;
  const parts = Object.keys(words).filter(count).map((name) => `${count(name)} ${words[name]}`);
  return `Of the models before it, ${parts.join(" and ")}.`;
}

export function quotas(state, query) {
  const only = query.get("platform");
  const models = state.order.map((id) => findModel(state, id)).filter((model) => (!only || model.platform === only) && hasRoute(state, model.platform) && model.enabled);
  const entries = models.map((model, position) => ({ model, view: entry(state, model, position) }));
  const counters = entries.flatMap(({ model, view }) => view.quota.map((g) => ({ scope: "model_key", platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, key_id: usableKeys(state, model.platform)[0]?.id ?? null, key_label: usableKeys(state, model.platform)[0]?.label ?? null, metric: g.metric, window: g.window, reset: "sliding", used: g.used, booked: 0, limit: g.limit, remaining: g.remaining, resets_at: g.resets_at, limit_source: g.learned ? "learned" : "catalog" })));
  const penalties = entries.filter(({ view }) => view.penalty > 0).map(({ model, view }) => ({ platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, value: view.penalty, last_hit_at: iso(state.penalties.get(model.id).hit), next_decay_at: view.penalty_decays_at }));
  return { as_of: iso(), platforms: state.platforms.filter((p) => hasRoute(state, p.slug) && (!only || p.slug === only)).map((p) => budget(entries.filter(({ model }) => model.platform === p.slug), p)), counters, penalties, cooldowns: state.cooldowns.filter((c) => !only || c.platform === only), learned_limits: state.learned };
}

function budget(entries, platform) {
  const day = (metric) => entries.flatMap(({ view }) => view.quota.filter((g) => g.metric === metric && g.window === "day"));
  const add = (list, name) => list.reduce((total, g) => total + g[name], 0);
  const [requests, tokens] = [day("requests"), day("tokens")];
  const share = [requests, tokens].filter((list) => list.length).map((list) => 1 - add(list, "used") / add(list, "limit"));
  const resets = [...requests, ...tokens].map((g) => g.resets_at).filter(Boolean).sort();
  const of = (name) => entries.filter(({ view }) => view.state === name).length;
  return { platform: platform.slug, requests_used: add(requests, "used"), requests_limit: requests.length ? add(requests, "limit") : null, tokens_used: add(tokens, "used"), tokens_limit: tokens.length ? add(tokens, "limit") : null, remaining_share: share.length ? Math.min(...share) : null, resets_at: resets[0] ?? null, models_ready: of("ready"), models_enabled: entries.length, models_cooling: of("cooling_down") };
}

const kVerdict = { disabled: "model_disabled", platform_disabled: "platform_disabled", no_key: "no_key", cooling_down: "cooling_down", quota_exhausted: "quota_exhausted", ready: "eligible" };

/** Candidates in the order they would be tried, with a verdict for each model that could be meant. */
export function plan(state, requested, needs) {
  const meant = (e) => requested === "auto" || requested === e.logical_name || requested === e.upstream_id || requested === `${e.platform}/${e.upstream_id}`;
  const all = fallback(state).entries.filter(meant);
  const capable = (e) => !(needs.tools && !e.capabilities.tools) && !(needs.vision && !e.capabilities.vision);
  const order = ranked(all).filter(capable);
  const candidates = all.map((e) => {
    const place = order.indexOf(e);
    const key = usableKeys(state, e.platform)[0];
    const verdict = e.state === "ready" && !capable(e) ? "lacks_capability" : kVerdict[e.state];
    return { platform: e.platform, model_id: e.model_id, upstream_id: e.upstream_id, key_id: key?.id ?? null, key_label: key?.label ?? null, order: place < 0 ? null : place, position: e.position, penalty: e.penalty, effective_position: e.effective_position, terms: [], sticky: false, verdict, detail: verdict === "lacks_capability" ? "The request needs something this model cannot do" : (e.reason ?? "ready, quota left"), available_at: e.available_at };
  });
  return { all, order, candidates };
}

export function explain(state, row, attempts, candidates, needs) {
  const tried = new Map(attempts.map((attempt) => [attempt.model_id, attempt]));
  const marked = candidates.map((c) => {
    const attempt = tried.get(c.model_id);
    return attempt ? { ...c, verdict: attempt.result === "served" ? "served" : "tried", detail: attempt.result === "served" ? "answered this request" : `${attempt.failure}: ${attempt.message}` } : c;
  });
  const served = attempts.find((attempt) => attempt.result === "served");
  return {
    request_id: row.id, at: row.started_at, needs: { requested_model: row.model_requested, selector: row.model_requested === "auto" ? "automatic" : "logical", streaming: row.streaming, tools: false, vision: false, json_schema: false, estimated_prompt_tokens: row.prompt_tokens ?? 120, estimated_total_tokens: (row.prompt_tokens ?? 120) + 1000, ...needs },
    strategy: state.settings.routing.strategy, candidates: marked, candidates_left_out: 0, attempts, served: served ? { platform: served.platform, model_id: served.model_id, upstream_id: served.upstream_id, key_id: served.key_id } : null,
    timings: { queue_ms: 0, route_ms: 0.06, upstream_ttfb_ms: served?.ttft_ms ?? null, overhead_ms: 0.41, total_ms: row.duration_ms },
    summary: served ? `${served.upstream_id} on ${served.platform} answered${attempts.length > 1 ? ` after ${attempts.length - 1} other ${attempts.length === 2 ? "try" : "tries"}` : " at the first try"}.` : "Nothing could serve this request.",
  };
}
