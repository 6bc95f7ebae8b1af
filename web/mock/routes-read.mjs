import { breakdown, errors, summary, timeline } from "./analytics.mjs";
import { refuse } from "./http.mjs";
import { explain, plan } from "./routing.mjs";
import { iso } from "./state.mjs";

/** Platforms used without a key now, as /api/about tells it. */
function keylessFacts(state) {
  const enabled = state.settings.routing.keyless;
  const keyed = new Set(state.keys.filter((key) => key.enabled).map((key) => key.platform));
  const platforms = !enabled ? [] : state.platforms
    .filter((row) => row.enabled && row.keyless && !row.custom && !keyed.has(row.slug))
    .map(({ slug, name, data_use_note }) => ({ slug, name, data_use_note }));
  const names = platforms.map((row) => row.name).join(", ");
  return { enabled, setting: "routing.keyless", platforms, notice: names && `${names} may be used without a key; they may log prompts or train on them.` };
}

export const analyticsRoutes = {
  "GET /api/analytics/summary": ({ state, query }) => summary(state, query),
  "GET /api/analytics/timeline": ({ state, query }) => timeline(state, query),
  "GET /api/analytics/by-model": ({ state, query }) => breakdown(state, query, "model"),
  "GET /api/analytics/by-platform": ({ state, query }) => breakdown(state, query, "platform"),
  "GET /api/analytics/by-key": ({ state, query }) => breakdown(state, query, "key"),
  "GET /api/analytics/errors": ({ state, query }) => errors(state, query),
  "GET /api/requests": ({ state, query }) => {
    const limit = Number(query.get("limit") ?? 50);
    const start = Number(query.get("cursor") ?? 0);
    const wants = (name) => query.get(name);
    const page = [];
    let at = start;
    for (; at < state.log.length && page.length < limit; ++at) {
      const row = state.log[at];
      if (wants("platform") && row.platform !== wants("platform")) continue;
      if (wants("model_id") && row.model_id !== Number(wants("model_id"))) continue;
      if (wants("outcome") && row.outcome !== wants("outcome")) continue;
      if (wants("status") && row.status !== Number(wants("status"))) continue;
      if (wants("failover") === "true" && row.attempts < 2) continue;
      page.push(row);
    }
    return { data: page, next_cursor: at < state.log.length ? String(at) : null };
  },
  "GET /api/requests/{request_id}": ({ state, params }) => {
    const row = state.log.find((r) => r.id === params.request_id) ?? refuse(404, "not_found", "No such request in the log.");
    const attempts = state.details.get(row.id) ?? [];
    const stored = state.details.get(`${row.id}/explain`);
    return { request: row, attempts, explain: stored ?? (attempts.length ? explain(state, row, attempts, plan(state, row.model_requested, {}).candidates, {}) : null) };
  },
  "GET /api/about": ({ state, request }) => ({ name: "FreeLLMAPI", version: "1.0.0", commit: "mock", compiler: "none", started_at: iso(state.startedAt), uptime_ms: Date.now() - state.startedAt, base_url: `http://${request.headers.host}/v1`, address: request.headers.host, data_dir: "/var/lib/freellmapi", database_bytes: 48_234_496, schema_version: 1, catalog_version: "2026-11-22", platforms: state.platforms.length, models: state.models.length, resident_bytes: 19_922_944, keyless: keylessFacts(state) }),
  "GET /api/licenses": () => ({ data: [
    { name: "Boost", version: "1.81", license: "BSL-1.0", homepage: "https://www.boost.org", text: null },
    { name: "SQLite", version: "3.40", license: "blessing", homepage: "https://sqlite.org", text: null },
    { name: "React", version: "19", license: "MIT", homepage: "https://react.dev", text: "MIT License\n\nPermission is hereby granted, free of charge, …" },
  ] }),
};
