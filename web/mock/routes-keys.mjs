import { refuse } from "./http.mjs";
import { parseKeys } from "./import.mjs";
import { addKey, checkKey, iso, mask } from "./state.mjs";

const tellModels = (state) => {
  state.version++;
  state.hub.send("fallback", { version: state.version, change: "platforms" });
};

const counts = (state, slug) => {
  const own = state.keys.filter((key) => key.platform === slug);
  const of = (name) => own.filter((key) => key.state === name).length;
  return { total: own.length, enabled: own.filter((key) => key.enabled).length, valid: of("valid"), invalid: of("invalid"), unverifiable: of("unverifiable"), unknown: of("unknown"), undecryptable: of("undecryptable") };
};

const platformView = (state, platform) => {
  const models = state.models.filter((model) => model.platform === platform.slug);
  return { ...platform, keys: counts(state, platform.slug), models: { total: models.length, enabled: models.filter((model) => model.enabled).length } };
};

const endpointView = (state, endpoint) => ({ ...endpoint, keys: counts(state, endpoint.slug), models: state.models.filter((model) => model.platform === endpoint.slug).map((model) => ({ model_id: model.id, upstream_id: model.upstream_id, display_name: model.display_name, logical_name: model.logical_name, enabled: model.enabled })) });

const keyOr404 = (state, id) => state.keys.find((key) => key.id === Number(id)) ?? refuse(404, "not_found", "No such key.");
const endpointOr404 = (state, slug) => state.endpoints.find((endpoint) => endpoint.slug === slug) ?? refuse(404, "not_found", "No such endpoint.");

function store(state, index, fields) {
  if (!state.platforms.some((platform) => platform.slug === fields.platform)) return { index, status: "rejected", key: null, message: "No such platform." };
  const known = state.keys.find((key) => key.platform === fields.platform && key.secret === fields.secret);
  if (known) return { index, status: "duplicate", key: known, message: "This key is already stored." };
  const key = addKey(state, fields);
  state.hub.send("key", { change: "added", key });
  checkKey(state, key);
  return { index, status: "added", key, message: null };
}

function setModels(state, endpoint, wanted) {
  const keep = new Set(wanted.map((model) => model.upstream_id));
  const gone = state.models.filter((model) => model.platform === endpoint.slug && !keep.has(model.upstream_id)).map((model) => model.id);
  state.models = state.models.filter((model) => !gone.includes(model.id));
  state.order = state.order.filter((id) => !gone.includes(id));
  for (const model of wanted) {
    if (state.models.some((known) => known.platform === endpoint.slug && known.upstream_id === model.upstream_id)) continue;
    const id = Math.max(0, ...state.models.map((known) => known.id)) + 1;
    state.models.push({ id, platform: endpoint.slug, upstream_id: model.upstream_id, logical_name: model.logical_name ?? model.upstream_id, display_name: model.display_name ?? model.upstream_id, intelligence_rank: null, speed_rank: null, context_window: model.context_window ?? null, max_output_tokens: null, capabilities: { tools: model.tools ?? false, vision: model.vision ?? false, reasoning: false, json_schema: false }, monthly_token_budget: null, enabled: true, disabled_reason: null, status: "custom", limits: [], position: state.order.length });
    state.order.push(id);
  }
}

export const keyRoutes = {
  "GET /api/platforms": ({ state }) => ({ data: state.platforms.map((platform) => platformView(state, platform)) }),
  "PATCH /api/platforms/{slug}": ({ state, params, body }) => {
    const platform = state.platforms.find((row) => row.slug === params.slug) ?? refuse(404, "not_found", "No such platform.");
    Object.assign(platform, body);
    tellModels(state);
    return platformView(state, platform);
  },
  "GET /api/keys": ({ state }) => ({ data: state.keys }),
  "POST /api/keys": ({ state, body }) => ({ code: 201, value: { results: body.keys.map((fields, index) => store(state, index, fields)) } }),
  "PATCH /api/keys/{id}": ({ state, params, body }) => {
    const key = Object.assign(keyOr404(state, params.id), body);
    state.hub.send("key", { change: "changed", key });
    return key;
  },
  "DELETE /api/keys/{id}": ({ state, params }) => {
    const key = keyOr404(state, params.id);
    state.keys = state.keys.filter((other) => other !== key);
    state.deleted.set(key.id, key);
    setTimeout(() => state.deleted.delete(key.id), 60_000).unref();
    state.hub.send("key", { change: "deleted", key });
    return { id: key.id, restorable_until: iso(Date.now() + 60_000) };
  },
  "POST /api/keys/{id}/restore": ({ state, params }) => {
    const key = state.deleted.get(Number(params.id)) ?? refuse(404, "not_found", "That key is gone for good.");
    state.deleted.delete(key.id);
    state.keys = [...state.keys, key].sort((a, b) => a.id - b.id);
    state.hub.send("key", { change: "restored", key });
    return key;
  },
  "POST /api/keys/{id}/test": ({ state, params }) => {
    const key = keyOr404(state, params.id);
    checkKey(state, key);
    return { code: 202, value: key };
  },
  "POST /api/keys/import": ({ state, body }) => {
    const { format, found } = parseKeys(body.text, body.format ?? "auto");
    const seen = new Set();
    const rows = found.map((row, index) => {
      const platform = body.platforms?.[index] ?? row.platform;
      const twin = state.keys.find((key) => key.platform === platform && key.secret === row.secret);
      const status = !row.secret ? "invalid" : !platform ? "unknown_platform" : twin ? "duplicate" : seen.has(row.secret) ? "duplicate_in_text" : "new";
      seen.add(row.secret);
      return { index, line: row.line, name: row.name, platform, label: row.label, masked: row.secret ? mask(row.secret) : "", status, message: status === "invalid" ? "No value" : null, key_id: twin?.id ?? null, secret: row.secret };
    });
    const chosen = body.include ?? rows.filter((row) => row.status === "new").map((row) => row.index);
    if (body.dry_run === false) {
      for (const row of rows.filter((r) => chosen.includes(r.index) && r.status === "new")) {
        const { key } = store(state, 0, { platform: row.platform, secret: row.secret, label: row.label, source: "import" });
        Object.assign(row, { status: "added", key_id: key.id });
      }
    }
    const shown = rows.map((row) => ({ ...row, secret: undefined }));
    return { format, dry_run: body.dry_run !== false, rows: shown, added: rows.filter((row) => row.status === "added").length };
  },
  "POST /api/keys/export": ({ state, body }) => {
    if (body.password !== state.password) refuse(403, "invalid_password", "That is not the password.", "password");
    return { text: state.keys.map((key, index) => `${key.platform.toUpperCase()}_API_KEY_${index + 1}=${key.secret}`).join("\n") + "\n" };
  },
  "GET /api/custom-endpoints": ({ state }) => ({ data: state.endpoints.map((endpoint) => endpointView(state, endpoint)) }),
  "POST /api/custom-endpoints": ({ state, body }) => {
    const slug = body.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    if (state.platforms.some((platform) => platform.slug === slug)) refuse(409, "name_taken", "Another platform has this name.", "name");
    const isPrivate = /^https?:\/\/(127\.|10\.|192\.168\.|localhost)/.test(body.base_url);
    if (isPrivate && !body.allow_private_network) refuse(422, "address_not_allowed", "This address is on a private network. Allow that if the endpoint is yours.", "base_url");
    const endpoint = { slug, name: body.name, base_url: body.base_url, enabled: true, allow_private_network: Boolean(body.allow_private_network), proxy: body.proxy ?? null, timeouts: { connect_ms: 5000, first_byte_ms: 60_000, stall_ms: 90_000 }, fixed: false, created_at: iso() };
    state.endpoints.push(endpoint);
    state.platforms.push({ slug, name: body.name, custom: true, enabled: true, keyless: !body.secret, status: "custom", signup_url: null, key_format: "", key_fields: [{ name: "key", label: "API key", placeholder: "", secret: true }], notes: "", data_use_note: "", base_url: body.base_url, proxy: null, limits: [] });
    if (body.secret) store(state, 0, { platform: slug, secret: body.secret });
    setModels(state, endpoint, body.models ?? []);
    tellModels(state);
    return { code: 201, value: endpointView(state, endpoint) };
  },
  "PATCH /api/custom-endpoints/{slug}": ({ state, params, body }) => {
    const endpoint = endpointOr404(state, params.slug);
    const { models, ...rest } = body;
    Object.assign(endpoint, rest);
    if (models) setModels(state, endpoint, models);
    tellModels(state);
    return endpointView(state, endpoint);
  },
  "DELETE /api/custom-endpoints/{slug}": ({ state, params }) => {
    const endpoint = endpointOr404(state, params.slug);
    setModels(state, endpoint, []);
    state.endpoints = state.endpoints.filter((other) => other !== endpoint);
    state.platforms = state.platforms.filter((platform) => platform.slug !== endpoint.slug);
    state.keys = state.keys.filter((key) => key.platform !== endpoint.slug);
    tellModels(state);
  },
  "POST /api/custom-endpoints/{slug}/discover": ({ state, params }) => {
    const endpoint = endpointOr404(state, params.slug);
    if (endpoint.base_url.includes("dead")) refuse(502, "upstream_failed", "The endpoint does not answer: connection refused.");
    const has = (id) => state.models.some((model) => model.platform === endpoint.slug && model.upstream_id === id);
    return { data: ["qwen3-30b-a3b", "gemma-4-12b", "mistral-small-3.2"].map((upstream_id) => ({ upstream_id, context_window: 32_768, added: has(upstream_id) })) };
  },
};
