// @vitest-environment node
// The stories are only worth something if the mock speaks as docs/openapi.json says.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaintAbout, complaintAboutEvent, description } from "../e2e/contract.mjs";
import { startMock } from "./server.mjs";

type Mock = Awaited<ReturnType<typeof startMock>>;
let mock: Mock;
let cookie = "";
let csrf = "";

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(mock.url + path, { method, headers: { cookie, "x-csrf-token": csrf, ...(body !== undefined && { "content-type": "application/json" }), ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
  return { status: response.status, headers: response.headers, value: response.headers.get("content-type")?.includes("json") ? await response.json() : await response.text() };
}

beforeAll(async () => {
  mock = await startMock({});
  const login = await call("POST", "/api/auth/login", { password: mock.state.password });
  cookie = login.headers.get("set-cookie")!.split(";")[0]!;
  csrf = login.value.csrf_token;
});
afterAll(() => mock.close());

const kSkipped = new Set(["/api/events", "/api/openapi.json", "/api/docs"]);
const reads = Object.keys(description.paths).filter((path) => path.startsWith("/api/") && description.paths[path].get && !kSkipped.has(path));
const fill = (path: string) => path.replace("{request_id}", (mock.state.log as { id: string }[])[0]!.id).replace("{id}", "1").replace("{slug}", "groq");

describe("reading", () => {
  it.each(reads)("GET %s", async (path) => {
    const answer = await call("GET", fill(path));
    expect(answer.status).toBe(200);
    expect(complaintAbout("GET", fill(path), 200, answer.value)).toBeNull();
  });
  it.each(reads.filter((path) => path !== "/api/auth/status"))("GET %s without a session is refused", async (path) => {
    const answer = await fetch(mock.url + fill(path));
    expect(answer.status).toBe(401);
    expect(complaintAbout("GET", fill(path), 401, await answer.json())).toBeNull();
  });
});

const writes: [string, string, number, unknown?, Record<string, string>?][] = [
  ["post", "/api/keys", 201, { keys: [{ platform: "groq", secret: "gsk_conform" }, { platform: "nowhere", secret: "x" }] }],
  ["patch", "/api/keys/{id}", 200, { label: "new" }],
  ["post", "/api/keys/{id}/test", 202],
  ["delete", "/api/keys/{id}", 200],
  ["post", "/api/keys/{id}/restore", 200],
  ["post", "/api/keys/import", 200, { text: "GROQ_API_KEY=gsk_other\nX_KEY=1" }],
  ["post", "/api/keys/export", 403, { password: "no" }],
  ["patch", "/api/platforms/{slug}", 200, { enabled: true }],
  ["patch", "/api/models/{id}", 200, { limits: [{ metric: "requests", window: "minute", count: 3 }] }],
  ["put", "/api/fallback", 412, { entries: [{ model_id: 1, enabled: true }] }, { "if-match": '"999"' }],
  ["put", "/api/fallback", 400, { entries: [{ model_id: 9999, enabled: true }] }, { "if-match": "*" }],
  ["put", "/api/fallback", 200, { entries: [{ model_id: 2, enabled: true }] }, { "if-match": "*" }],
  ["patch", "/api/settings", 200, { routing: { max_attempts: 7 } }],
  ["patch", "/api/settings", 409, { network: { allow_private_networks: true } }],
  ["post", "/api/quotas/clear", 200, { what: "cooldown", model_id: 1 }],
  ["post", "/api/custom-endpoints", 422, { name: "inner", base_url: "http://127.0.0.1/v1" }],
  ["post", "/api/custom-endpoints", 201, { name: "Groq two", base_url: "https://example.org/v1", models: [{ upstream_id: "m" }] }],
  ["post", "/api/api-key/reveal", 200],
  ["post", "/api/api-key/rotate", 200],
  ["post", "/api/auth/setup", 409, { password: "long enough" }],
];

describe("writing", () => {
  it.each(writes)("%s %s → %d", async (method, path, status, body, headers) => {
    const answer = await call(method.toUpperCase(), fill(path), body, headers);
    expect(answer.status).toBe(status);
    expect(complaintAbout(method, fill(path), status, answer.value)).toBeNull();
  });
  it("needs the CSRF token", async () => {
    const answer = await call("POST", "/api/api-key/reveal", undefined, { "x-csrf-token": "wrong" });
    expect(answer.status).toBe(403);
    expect(answer.value.error.code).toBe("csrf_failed");
  });
});

describe("events", () => {
  it("are what the description names", async () => {
    const control = new AbortController();
    const stream = await fetch(`${mock.url}/api/events`, { headers: { cookie }, signal: control.signal });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    void call("POST", "/api/keys/2/test");
    void fetch(`${mock.url}/v1/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${mock.state.apiKey}`, "content-type": "application/json" }, body: JSON.stringify({ messages: [{ role: "user", content: "hi" }] }) });
    let text = "";
    while (!text.includes('"phase":"finished"') || !text.includes("event: key")) text += (await reader.read()).value ?? "";
    control.abort();
    for (const block of text.split("\n\n").slice(0, -1)) {
      const [, type] = /event: (\w+)/.exec(block) ?? [];
      const data = /data: (.*)/.exec(block)?.[1];
      if (!type || !data) continue;
      expect(complaintAboutEvent(type, JSON.parse(data))).toBeNull();
    }
  });
});
