// What the stories run against: the mock by default, or a real daemon named by the environment.
//
//   E2E_BASE_URL       a daemon that is set up, with at least one usable model
//   E2E_PASSWORD       its dashboard password
//   E2E_PLATFORM       platform to add keys to (default groq), E2E_SECRET an accepted key, E2E_BAD_SECRET a refused one
//   E2E_FAIL_NEXT_URL  POST {"count": n} there makes the next n upstream attempts fail with a rate limit
//   E2E_FRESH_URL      a daemon without a password yet, for the first run
//   E2E_ENDPOINT_URL   base URL of an OpenAI-compatible server that can be discovered
//
// A story that needs something the target has not is skipped and says so.
import { startMock } from "../mock/server.mjs";

const env = process.env;

export const isReal = Boolean(env.E2E_BASE_URL);

async function post(url, body) {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

function realTarget({ fresh, big, tired }) {
  if (big) return { missing: "a target with 100,000 log rows" };
  if (tired) return { missing: "a target with a model in cooldown" };
  if (fresh && !env.E2E_FRESH_URL) return { missing: "E2E_FRESH_URL" };
  return {
    url: fresh ? env.E2E_FRESH_URL : env.E2E_BASE_URL, password: env.E2E_PASSWORD, platform: env.E2E_PLATFORM ?? "groq",
    secret: () => env.E2E_SECRET ?? "", badSecret: () => env.E2E_BAD_SECRET ?? "", endpoint: env.E2E_ENDPOINT_URL,
    failNext: env.E2E_FAIL_NEXT_URL ? (count = 1) => post(env.E2E_FAIL_NEXT_URL, { count }) : null,
    close: async () => undefined,
  };
}

let serial = 0;

export async function startTarget(options = {}) {
  if (isReal) return realTarget(options);
  const mock = await startMock(options);
  return {
    url: mock.url, password: mock.state.password ?? "correct horse", platform: "groq", mock,
    secret: () => `gsk_accepted${++serial}x`, badSecret: () => `gsk_wrong${++serial}x`, endpoint: "http://127.0.0.1:9/v1",
    failNext: (count = 1) => post(`${mock.url}/mock/fail-next`, { count }),
    close: mock.close,
  };
}
