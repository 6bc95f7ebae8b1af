// Made-up history, written by freellm-history into the database of a stopped daemon: the log, its sums and today's
// bookings, with a daily rhythm, a few failovers and a few failures.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { daemonBinary } from "../../../tests/sdk/harness.mjs";
import { makeRandom } from "../../mock/random.mjs";

const kDay = 86_400_000;
const kFailures = [
  ["rate_limited", 429, "Rate limit reached for requests per minute"],
  ["provider_busy", 503, "The model is currently overloaded"],
  ["timed_out", 0, "no first byte within 60 s"],
  ["daily_quota", 429, "You exceeded your current quota, limit per day"],
  ["provider_error", 502, "Bad gateway"],
];

/** What a platform allows all its models together is not used up. */
const kSharedDay = { openrouter: 36 };

/** When requests came: more in the last days than before, few at night. Oldest first. */
function times(random, count, days, now) {
  return Array.from({ length: count }, () => {
    const back = random.next() ** 1.3 * days * kDay + 60_000;
    return new Date(now - back).getUTCHours() < 6 && random.next() < 0.7 ? now - back * random.next() - 60_000 : now - back;
  }).map(Math.round).sort((a, b) => a - b);
}

const ids = ({ platform, model_id, key_id }) => ({ platform, model_id, key_id });

function failedAttempt(random, route, after_ms, took_ms) {
  const [failure, status, message] = random.pick(kFailures);
  return { ...ids(route), failure, status, message, after_ms, took_ms };
}

function makeRequest(random, at, routes) {
  const luck = random.next();
  const failures = luck < 0.91 ? 0 : luck < 0.975 ? 1 : random.whole(2, 3);
  const first = Math.floor(Math.min(random.next() ** 2.2, 0.999) * routes.length);
  const failed = [];
  let offset = 1;
  for (let number = 0; number < failures; ++number) {
    const took = Math.round(random.skewed(240));
    failed.push(failedAttempt(random, routes[(first + number) % routes.length], offset, took));
    offset += took;
  }
  const route = routes[(first + failures) % routes.length];
  const ok = random.next() < 0.985;
  const gone = !ok && random.next() < 0.3;
  const upstream = Math.round(random.skewed(400 + route.speed_rank * 130));
  const stream = random.next() < 0.7;
  if (!ok && !gone) failed.push(failedAttempt(random, route, offset, upstream));
  return {
    id: `req_${random.hex(16)}`, at, requested: failures > 0 || random.next() < 0.8 ? "auto" : route.logical_name, ...ids(route),
    status: ok ? 200 : gone ? 499 : 502, error: ok ? "" : gone ? "client_closed_request" : "upstream_failed", stream,
    latency_ms: offset + upstream, ttft_ms: ok && stream ? offset + Math.round(upstream * random.between(0.2, 0.5)) : null, upstream_ms: upstream,
    prompt: ok ? random.whole(60, 3200) : 0, completion: ok ? random.whole(40, 900) : 0, estimated: random.next() < 0.05, failed, booked: false,
  };
}

/**
 * `routes`: what served, best first: {platform, model_id, key_id, logical_name, speed_rank, per_day}. No day's limit is
 * overrun. `spoiled`: id of a key that is made unreadable.
 */
export function writeHistory(home, routes, { rows, days, spoiled, now = Date.now(), seed = 7 }) {
  const random = makeRandom(seed);
  const booked = new Map();
  const lines = times(random, rows, days, now).map((at) => {
    const request = makeRequest(random, at, routes);
    const count = (booked.get(request.model_id) ?? 0) + 1;
    const together = (booked.get(request.platform) ?? 0) + 1;
    request.booked = at > now - kDay && request.status === 200 && together <= (kSharedDay[request.platform] ?? Infinity) && count <= (routes.find((one) => one.model_id === request.model_id).per_day ?? 400) * 0.7;
    if (request.booked) booked.set(request.model_id, count).set(request.platform, together);
    return JSON.stringify(request);
  });
  const program = join(dirname(daemonBinary), "../../../tests/history/freellm-history");
  const { status, stderr, error } = spawnSync(program, [join(home, "data/freellmapi.db"), ...(spoiled ? [String(spoiled)] : [])], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
  if (error) throw new Error(`build freellm-history first: ${error.message}`);
  if (status !== 0) throw new Error(stderr);
}
