// A stand-in for the daemon: docs/openapi.json in memory, and the built dashboard under the same policy.
//   node mock/server.mjs [--port 3001] [--fresh] [--big] [--traffic]
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { chat } from "./chat.mjs";
import { readJson, Refusal, refuse, sendError } from "./http.mjs";
import { makeRow, servingPool } from "./log.mjs";
import { routes } from "./routes.mjs";
import { sendFile } from "./files.mjs";
import { makeState } from "./state.mjs";

const kPublic = new Set(["GET /api/auth/status", "POST /api/auth/setup", "POST /api/auth/login", "GET /api/openapi.json"]);
const table = Object.entries(routes).map(([name, handler]) => {
  const [method, path] = name.split(" ");
  const names = [];
  const pattern = new RegExp(`^${path.replace(/\{(\w+)\}/g, (_, param) => (names.push(param), "([^/]+)"))}$`);
  return { name, method, pattern, names, handler, exact: names.length === 0 };
}).sort((a, b) => Number(b.exact) - Number(a.exact));

function find(method, path) {
  for (const route of table) {
    const match = route.method === method && route.pattern.exec(path);
    if (match) return { route, params: Object.fromEntries(route.names.map((name, index) => [name, decodeURIComponent(match[index + 1])])) };
  }
  return null;
}

const sessionOf = (state, request) => state.sessions.get(/freellmapi_session=([0-9a-f]+)/.exec(request.headers.cookie ?? "")?.[1]);

async function answer(state, request, response) {
  const url = new URL(request.url, "http://mock");
  if (url.pathname.startsWith("/mock/")) return control(state, url, request, response);
  if (url.pathname === "/v1/chat/completions") return client(state, request, response);
  if (!url.pathname.startsWith("/api/") || url.pathname === "/api/docs") return sendFile(url.pathname, response);
  const session = sessionOf(state, request);
  const found = find(request.method, url.pathname);
  if (url.pathname === "/api/openapi.json") {
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(readFileSync(new URL("../../docs/openapi.json", import.meta.url)));
  }
  if (!found && url.pathname !== "/api/events") refuse(404, "not_found", "No such resource.");
  if (!session && !kPublic.has(found?.route.name)) refuse(401, "not_authenticated", "Log in first.");
  if (url.pathname === "/api/events") return state.hub.open(request, response, { server_time: new Date().toISOString(), version: "1.0.0", fallback_version: state.version, settings_version: state.settingsVersion });
  if (request.method !== "GET" && session && !kPublic.has(found.route.name) && request.headers["x-csrf-token"] !== session.csrf) refuse(403, "csrf_failed", "The CSRF token is missing or wrong.");
  const body = await readJson(request);
  const result = found.route.handler({ state, request, session, query: url.searchParams, params: found.params, body });
  if (result === undefined) return response.writeHead(204).end();
  if (result.text !== undefined) {
    response.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" });
    return response.end(result.text);
  }
  const wrapped = "value" in result ? result : { value: result };
  response.writeHead(wrapped.code ?? 200, { "content-type": "application/json", "cache-control": "no-store", ...wrapped.headers });
  return response.end(JSON.stringify(wrapped.value));
}

async function client(state, request, response) {
  if (request.headers.authorization !== `Bearer ${state.apiKey}`) refuse(401, "invalid_api_key", "The API key is missing or wrong.");
  const body = await readJson(request);
  return chat(state, body, { id: `req_${state.random.hex(16)}`, at: Date.now() }, response);
}

/** Levers for stories: make the next attempts fail, add background traffic. */
async function control(state, url, request, response) {
  const body = (await readJson(request)) ?? {};
  if (url.pathname === "/mock/fail-next") state.failNext.push(...Array.from({ length: body.count ?? 1 }, () => body.failure ?? ["rate_limited", 429, "Rate limit reached for requests per minute"]));
  if (url.pathname === "/mock/unlock") state.failedLogins = 0;
  response.writeHead(204).end();
}

function traffic(state) {
  const send = (phase, row) => state.hub.send("request", { phase, at: new Date().toISOString(), request: row, attempt: null });
  return setInterval(() => {
    const { row, attempts } = makeRow(state, Date.now(), servingPool(state));
    send("started", { ...row, duration_ms: null, ttft_ms: null, status: null, outcome: "running", attempts: 1 });
    setTimeout(() => {
      state.log.unshift(row);
      state.details.set(row.id, attempts);
      send("finished", row);
    }, Math.min(row.duration_ms, 4000)).unref();
  }, 900);
}

export async function startMock(options = {}) {
  const state = makeState(options);
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error) => {
      if (error instanceof Refusal) return sendError(response, error);
      console.error(error);
      return response.headersSent ? response.destroy() : sendError(response, { status: 500, code: "internal", message: "The mock broke." });
    });
  });
  await new Promise((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const timer = options.traffic ? traffic(state) : undefined;
  return {
    state,
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      clearInterval(timer);
      state.hub.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const has = (flag) => process.argv.includes(flag);
  const port = Number(process.argv[process.argv.indexOf("--port") + 1]) || 3001;
  const mock = await startMock({ port, fresh: has("--fresh"), big: has("--big"), traffic: has("--traffic") });
  console.log(`mock on ${mock.url}${mock.state.password ? `, password: ${mock.state.password}` : ", not set up yet"}`);
}
