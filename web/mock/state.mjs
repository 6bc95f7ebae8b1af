// Everything the mock remembers. Plain data; the rules live in routing.mjs and the routes.
import { EventHub } from "./events.mjs";
import { makeModels, makePlatforms } from "./catalog.mjs";
import { fillLog } from "./log.mjs";
import { makeRandom } from "./random.mjs";

export const iso = (ms = Date.now()) => new Date(ms).toISOString();

const kLocked = [{ path: "network.allow_private_networks", by: "config" }];
export const kDefaults = {
  routing: { strategy: "priority", max_attempts: 20, total_timeout_ms: 300_000, penalty_per_rate_limit: 3, penalty_max: 10, penalty_decay_ms: 120_000, sticky_ttl_ms: 1_800_000, max_wait_ms: 0, keyless: true },
  storage: { request_log_retention_ms: 90 * 86_400_000, request_log_max_rows: 2_000_000 },
  network: { proxy: null, allow_private_networks: false },
  auth: { session_ttl_ms: 7 * 86_400_000 },
  analytics: { prompt_usd_per_million: 0.9, completion_usd_per_million: 4 },
  health: { check_interval_ms: 3_600_000 },
};

export function makeState({ fresh = false, big = false, seed = 7 } = {}) {
  const random = makeRandom(seed);
  const state = {
    random, big, hub: new EventHub(), startedAt: Date.now() - (fresh ? 4_000 : 3 * 86_400_000),
    password: fresh ? null : "correct horse", sessions: new Map(), nextSession: 1, failedLogins: 0,
    platforms: makePlatforms(), models: makeModels({ big }), endpoints: [], keys: [], deleted: new Map(), nextKey: 1,
    order: [], version: 1, customised: false, settings: structuredClone(kDefaults), settingsVersion: 1, locked: kLocked,
    apiKey: `freellmapi-${random.hex(48)}`, apiKeyCreated: Date.now() - (fresh ? 4_000 : 20 * 86_400_000),
    log: [], details: new Map(), used: new Map(), cooldowns: [], penalties: new Map(), learned: [], failNext: [],
  };
  state.order = state.models.map((model) => model.id);
  if (!fresh) {
    seedKeys(state);
    seedPressure(state);
    state.customised = true;
    fillLog(state, big ? 100_000 : 7_000);
  }
  return state;
}

export const findModel = (state, id) => state.models.find((model) => model.id === id);
export const usableKeys = (state, platform) => state.keys.filter((key) => key.platform === platform && key.enabled && key.state !== "invalid" && key.state !== "undecryptable");
export const hasRoute = (state, platform) => usableKeys(state, platform).length > 0 || (state.settings.routing.keyless && state.platforms.find((p) => p.slug === platform)?.keyless);

const kPrefixes = { google: "AIza", groq: "gsk_", cerebras: "csk-", openrouter: "sk-or-v1-", github: "github_pat_", nvidia: "nvapi-", pollinations: "sk_" };

export function mask(secret) {
  const prefix = Object.values(kPrefixes).find((start) => secret.startsWith(start)) ?? "";
  return `${prefix}…${secret.slice(-4)}`;
}

export function addKey(state, { platform, secret, label = "", source = "dashboard", proxy = null }) {
  const key = {
    id: state.nextKey++, platform, label, masked: mask(secret), enabled: true, state: "unknown", state_reason: null, checking: false,
    last_checked_at: null, last_used_at: null, created_at: iso(), source, proxy, cooldown_until: null, cooldown_reason: null, requests_24h: 0, failures_24h: 0,
  };
  Object.defineProperty(key, "secret", { value: secret, enumerable: false });
  state.keys.push(key);
  return key;
}

/** A key with "wrong" or "bad" in it is refused; the verdict comes a little later, as in life. */
export function checkKey(state, key, after_ms = 700) {
  key.checking = true;
  state.hub.send("key", { change: "changed", key });
  setTimeout(() => {
    if (!state.keys.includes(key)) return;
    key.checking = false;
    key.last_checked_at = iso();
    if (/wrong|bad/.test(key.secret)) [key.state, key.state_reason] = ["invalid", "The platform refused the key: 401 Unauthorized."];
    else if (["llm7", "kilo"].includes(key.platform)) [key.state, key.state_reason] = ["unverifiable", "This platform answers a wrong key as anonymous, so it cannot be checked."];
    else [key.state, key.state_reason] = ["valid", null];
    state.hub.send("key", { change: "changed", key });
    state.hub.send("quota", { change: "counters", platform: key.platform, model_id: null, key_id: key.id, until: null });
  }, after_ms).unref();
}

function seedKeys(state) {
  const { random } = state;
  const plan = state.big
    ? state.platforms.filter((p) => p.slug !== "github").flatMap((p) => Array.from({ length: 3 }, (_, n) => [p.slug, `account ${n + 1}`, "valid"])).slice(0, 40)
    : [
        ["google", "personal", "valid"], ["google", "work project", "valid"], ["groq", "", "valid"], ["cerebras", "", "valid"], ["openrouter", "main", "valid"], ["openrouter", "spare", "invalid"],
        ["mistral", "", "valid"], ["cohere", "trial", "valid"], ["nvidia", "", "valid"], ["cloudflare", "workers", "valid"], ["llm7", "", "unverifiable"], ["zhipu", "", "undecryptable"],
      ];
  for (const [platform, label, verdict] of plan) {
    const key = addKey(state, { platform, label, secret: (kPrefixes[platform] ?? "") + random.hex(32), source: random.pick(["dashboard", "import", "environment"]) });
    key.state = verdict;
    key.created_at = iso(Date.now() - random.whole(2, 40) * 86_400_000);
    key.last_checked_at = iso(Date.now() - random.whole(2, 58) * 60_000);
    key.last_used_at = verdict === "valid" ? iso(Date.now() - random.whole(2, 900) * 1000) : null;
    if (verdict === "invalid") key.state_reason = "OpenRouter refused the key three times: 401 “User not found”.";
    if (verdict === "unverifiable") key.state_reason = "This platform answers a wrong key as anonymous, so it cannot be checked.";
    if (verdict === "undecryptable") key.state_reason = "Sealed with another master key. Enter the key again, or restore the old master key.";
    key.requests_24h = verdict === "valid" ? random.whole(20, 400) : 0;
    key.failures_24h = Math.floor(key.requests_24h * random.between(0, 0.06));
  }
}

function seedPressure(state) {
  const now = Date.now();
  const served = state.models.filter((model) => usableKeys(state, model.platform).length);
  for (const model of state.models) state.used.set(model.id, state.random.between(0.02, 0.55));
  const [first, , third] = served;
  const tired = served.find((model) => model.platform === "groq") ?? first;
  const cool = (model, failure, stated_by, since, until, message) =>
    state.cooldowns.push({ scope: "model_key", platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, key_id: usableKeys(state, model.platform)[0].id, key_label: usableKeys(state, model.platform)[0].label, since: iso(now - since), until: iso(now + until), failure, stated_by, message, probing: false });
  const google = served.find((model) => model.platform === "google" && model.limits.length) ?? first;
  state.used.set(google.id, 1);
  cool(third, "provider_busy", "estimate", 20_000, 70_000, "Model is overloaded. Please try again later.");
  cool(tired, "daily_quota", "provider", 3_600_000, 4.4 * 3_600_000, "Rate limit reached on tokens per day (TPD): limit 200000, used 199412");
  state.penalties.set(third.id, { value: 5, hit: now - 20_000 });
  state.penalties.set(tired.id, { value: 3, hit: now - 70_000 });
  state.learned.push({ scope: "model_key", platform: tired.platform, model_id: tired.id, upstream_id: tired.upstream_id, key_id: 3, metric: "tokens", window: "minute", limit: 6000, catalog_limit: 8000, source: "header", observed_at: iso(now - 1_800_000) });
}
