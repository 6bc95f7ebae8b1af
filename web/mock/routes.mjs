// One handler per operation of docs/openapi.json: ({ state, body, query, params, session }) → value or refusal.
import { analyticsRoutes } from "./routes-read.mjs";
import { authRoutes } from "./routes-auth.mjs";
import { keyRoutes } from "./routes-keys.mjs";
import { refuse } from "./http.mjs";
import { fallback, platformOf, quotas } from "./routing.mjs";
import { findModel, iso, kDefaults, usableKeys } from "./state.mjs";

export const view = (state, model) => ({ ...model, position: state.order.indexOf(model.id), usable_keys: usableKeys(state, model.platform).length });

export function changed(state, change = "models") {
  state.version++;
  state.hub.send("fallback", { version: state.version, change });
}

const etag = (state) => ({ etag: `"${state.version}"` });

export const routes = {
  ...authRoutes,
  ...keyRoutes,
  ...analyticsRoutes,
  "GET /api/models": ({ state, query }) => ({ data: state.order.map((id) => view(state, findModel(state, id))).filter((model) => !query.get("platform") || model.platform === query.get("platform")) }),
  "GET /api/models/{id}": ({ state, params }) => view(state, modelOr404(state, params.id)),
  "PATCH /api/models/{id}": ({ state, params, body }) => {
    const model = modelOr404(state, params.id);
    if (body.enabled !== undefined) Object.assign(model, { enabled: body.enabled, disabled_reason: body.enabled ? null : "Switched off by you" });
    if (body.limits === null) model.limits = model.limits.filter((l) => l.catalog_count !== null).map((l) => ({ ...l, count: l.catalog_count, source: "catalog" }));
    for (const edit of body.limits ?? []) editLimit(model, edit);
    changed(state);
    return view(state, model);
  },
  "GET /api/fallback": ({ state }) => ({ value: fallback(state), headers: etag(state) }),
  "PUT /api/fallback": ({ state, body, request }) => {
    const match = request.headers["if-match"];
    if (match !== "*" && match !== `"${state.version}"`) refuse(412, "version_conflict", "The order was changed elsewhere meanwhile.");
    const ids = body.entries.map((e) => e.model_id);
    if (new Set(ids).size !== ids.length || ids.some((id) => !findModel(state, id))) refuse(400, "invalid_request", "A model id is unknown or repeated.", "entries");
    for (const { model_id, enabled } of body.entries) {
      const model = findModel(state, model_id);
      if (model.enabled !== enabled) Object.assign(model, { enabled, disabled_reason: enabled ? null : "Switched off by you" });
    }
    state.order = [...ids, ...state.order.filter((id) => !ids.includes(id))];
    state.customised = true;
    changed(state, "order");
    return { value: fallback(state), headers: etag(state) };
  },
  "GET /api/settings": ({ state }) => settings(state),
  "PATCH /api/settings": ({ state, body }) => {
    for (const [group, values] of Object.entries(body)) {
      for (const [name, value] of Object.entries(values)) {
        const lock = state.locked.find((l) => l.path === `${group}.${name}`);
        if (lock && value !== state.settings[group][name]) refuse(409, "setting_locked", `Fixed by the ${lock.by}.`, `${group}.${name}`);
        state.settings[group][name] = value;
      }
    }
    state.settingsVersion++;
    state.hub.send("settings", { version: state.settingsVersion });
    return settings(state);
  },
  "GET /api/api-key": ({ state, request }) => ({ masked: `freellmapi-…${state.apiKey.slice(-4)}`, created_at: iso(state.apiKeyCreated), last_used_at: state.log[0]?.started_at ?? null, fixed_by_environment: false, base_url: `http://${request.headers.host}/v1` }),
  "POST /api/api-key/reveal": ({ state }) => ({ key: state.apiKey, masked: `freellmapi-…${state.apiKey.slice(-4)}` }),
  "POST /api/api-key/rotate": ({ state }) => {
    state.apiKey = `freellmapi-${state.random.hex(48)}`;
    state.apiKeyCreated = Date.now();
    state.settingsVersion++;
    state.hub.send("settings", { version: state.settingsVersion });
    return { key: state.apiKey, masked: `freellmapi-…${state.apiKey.slice(-4)}` };
  },
  "GET /api/quotas": ({ state, query }) => quotas(state, query),
  "POST /api/quotas/clear": ({ state, body }) => {
    const hit = (row) => (!body.platform || row.platform === body.platform) && (!body.model_id || row.model_id === body.model_id) && (!body.key_id || row.key_id === body.key_id);
    let cleared = 0;
    if (body.what.startsWith("cooldown")) {
      cleared += state.cooldowns.filter(hit).length;
      state.cooldowns = state.cooldowns.filter((row) => !hit(row));
    }
    if (body.what.endsWith("penalty") && body.model_id) cleared += Number(state.penalties.delete(body.model_id));
    if (body.what === "counter" && body.model_id) cleared += Number(state.used.delete(body.model_id));
    if (body.what === "learned_limit") {
      cleared += state.learned.filter(hit).length;
      state.learned = state.learned.filter((row) => !hit(row));
    }
    state.hub.send("quota", { change: "cleared", platform: body.platform ?? null, model_id: body.model_id ?? null, key_id: body.key_id ?? null, until: null });
    return { cleared };
  },
};

function modelOr404(state, id) {
  return findModel(state, Number(id)) ?? refuse(404, "not_found", "No such model.");
}

function editLimit(model, { metric, window, count, scope = "model_key", reset = "sliding" }) {
  const known = model.limits.find((l) => l.metric === metric && l.window === window);
  if (count === null) {
    if (known?.catalog_count) Object.assign(known, { count: known.catalog_count, source: "catalog" });
    else model.limits = model.limits.filter((l) => l !== known);
  } else if (known) Object.assign(known, { count, source: "user" });
  else model.limits.push({ metric, window, count, scope, reset, source: "user", catalog_count: null });
}

const settings = (state) => ({ version: state.settingsVersion, values: state.settings, defaults: kDefaults, locked: state.locked });

export { platformOf };
