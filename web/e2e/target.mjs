// What the stories run against: the real daemon and the simulator, or the mock when E2E_TARGET=mock.
//
// A target: url, password, cookie (of a session, if there is one), secret() and badSecret() for `platform`,
// endpoint (base URL of an OpenAI-compatible server), failNext(n, after): n upstream attempts are rate limited, once `after` more have been let through.
import { startMock } from "../mock/server.mjs";
import { Fleet, kPassword, makeSecret } from "./real/fleet.mjs";

export const isMock = process.env.E2E_TARGET === "mock";

let fleet;

async function post(url, body) {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

/** Puts a Groq model to rest, as a platform that says 429 does. */
async function tire(daemon, simulator) {
  const { entries } = await daemon.api("GET", "/api/fallback");
  const groq = entries.find((entry) => entry.platform === "groq" && entry.enabled);
  await simulator.fault({ kind: "rate_limit", metric: "rpm", retry_after_ms: 90_000, platform: "groq", times: 1 });
  await daemon.chat({ model: `groq/${groq.upstream_id}` });
}

async function startReal({ fresh, big, tired, pace = 40, settings }) {
  fleet ??= Fleet.start();
  const { simulator } = await fleet;
  await simulator.reset();
  await simulator.pace({ tokens_per_second: pace });
  const daemon = await (await fleet).launch(fresh ? "fresh" : big ? "big" : "ready");
  if (tired) await tire(daemon, simulator);
  if (settings) await daemon.api("PATCH", "/api/settings", settings);
  return {
    url: daemon.url, password: kPassword, cookie: daemon.cookie, platform: "groq", daemon, simulator,
    secret: (platform = "groq") => makeSecret(platform), badSecret: (platform = "groq") => makeSecret(platform, true), endpoint: `${simulator.url}/llm7/v1`,
    failNext: (times = 1, skip = 0) => simulator.fault({ kind: "rate_limit", metric: "rpm", retry_after_ms: 60_000, times, skip }),
    /** Stops the daemon, waits for `meanwhile`, and starts it again on the same port and data. */
    restart: async (meanwhile) => {
      await daemon.stop();
      await meanwhile();
      await daemon.start();
    },
    close: async () => (await fleet).land(daemon),
  };
}

let serial = 0;

async function startMocked(options) {
  const mock = await startMock(options);
  return {
    url: mock.url, password: mock.state.password ?? kPassword, cookie: null, platform: "groq", mock,
    secret: () => `gsk_accepted${++serial}x`, badSecret: () => `gsk_wrong${++serial}x`, endpoint: "http://127.0.0.1:9/v1",
    failNext: (count = 1) => post(`${mock.url}/mock/fail-next`, { count }),
    close: mock.close,
  };
}

export const startTarget = (options = {}) => (isMock ? startMocked(options) : startReal(options));

/** Ends what the targets shared. */
export const endTargets = async () => (await fleet)?.stop();
