// The real thing for the stories: one simulator, and data directories made once and copied for each daemon.
import { readFileSync } from "node:fs";
import { Simulator, keyFor } from "../../../tests/sdk/harness.mjs";
import { Daemon, makeHome, removeHome } from "./daemon.mjs";
import { writeHistory } from "./history.mjs";

export const kPassword = "correct horse";

const kKeys = [
  ["google", "personal"], ["google", "work project"], ["groq", ""], ["cerebras", ""], ["openrouter", "main"], ["openrouter", "spare", "bad"],
  ["mistral", ""], ["cohere", "trial"], ["nvidia", ""], ["cloudflare", "workers"], ["llm7", ""], ["zhipu", "old laptop"],
];
const kForms = { google: "AIza", groq: "gsk_", cerebras: "csk-", openrouter: "sk-or-v1-", github: "github_pat_", nvidia: "nvapi-" };

let serial = 0;
/** A key in the platform's own form that the simulator accepts, or refuses when `bad`. */
export function makeSecret(platform, bad = false) {
  const tail = `${(++serial).toString(36)}${"q7Lr2mXv9Tz4KdWs".repeat(2)}`.slice(0, 28) + String(serial).padStart(4, "0");
  if (platform === "cloudflare") return keyFor("cloudflare", tail);
  return `${bad ? "bad_" : kForms[platform] ?? ""}${tail}`;
}

function fortyKeys(platforms) {
  return Array.from({ length: 40 }, (_, n) => [platforms[n % platforms.length], `account ${n + 1}`]);
}

/** The catalog with made-up models on top, `count` in all. */
function bigCatalog(count) {
  const catalog = JSON.parse(readFileSync(new URL("../../../config/catalog.json", import.meta.url), "utf8"));
  const real = catalog.models.length;
  for (let n = 0; catalog.models.length < count; ++n) {
    const like = catalog.models[n % real];
    catalog.models.push({ ...like, id: `${like.id}-more-${n}`, name: `${like.name}-more-${n}`, display_name: `${like.display_name} More ${n}` });
  }
  return catalog;
}

async function until(what, holds) {
  const end = Date.now() + 90_000;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** What history is about: the best models that some good key serves. */
async function servingRoutes(daemon) {
  const [{ data: keys }, { data: models }, fallback] = await Promise.all(["/api/keys", "/api/models", "/api/fallback"].map((path) => daemon.api("GET", path)));
  const place = new Map(fallback.entries.map((entry, index) => [entry.model_id, index]));
  return models
    .filter((model) => model.enabled && keys.some((key) => key.platform === model.platform && key.state === "valid"))
    .sort((a, b) => place.get(a.id) - place.get(b.id))
    .slice(0, 24)
    .map((model) => ({
      platform: model.platform, model_id: model.id, key_id: keys.find((key) => key.platform === model.platform && key.state === "valid").id,
      logical_name: model.logical_name, speed_rank: model.speed_rank ?? 5, per_day: model.limits?.find((limit) => limit.metric === "requests" && limit.window === "day")?.count,
    }));
}

/** An order of the user's own: the second model first. */
async function reorder(daemon) {
  const { entries } = await daemon.api("GET", "/api/fallback");
  const [first, second, ...rest] = entries.map(({ model_id, enabled }) => ({ model_id, enabled }));
  await daemon.api("PUT", "/api/fallback", { entries: [second, first, ...rest] }, { "if-match": "*" });
}

async function makeTemplate(simulator, { keys, catalog, rows, days, ordered }) {
  const home = makeHome(simulator, { catalog });
  const daemon = await new Daemon(home).start();
  await daemon.setUp(kPassword);
  const { results } = await daemon.api("POST", "/api/keys", { keys: keys.map(([platform, label, bad]) => ({ platform, label, secret: makeSecret(platform, bad === "bad") })) });
  const refused = results.find((result) => result.status !== "added");
  if (refused) throw new Error(`a key was not added: ${refused.message}`);
  await until("the verdicts on all keys", async () => (await daemon.api("GET", "/api/keys")).data.every((key) => !key.checking && key.last_checked_at));
  if (ordered) await reorder(daemon);
  const routes = await servingRoutes(daemon);
  const spoiled = results.find((result) => result.key.platform === "zhipu")?.key.id;
  const cookie = daemon.cookie;
  await daemon.stop();
  writeHistory(home, routes, { rows, days, spoiled });
  return { home, cookie };
}

const kTemplates = {
  fresh: null,
  ready: { keys: kKeys, rows: 1_500, days: 20 },
  demo: { keys: kKeys, rows: 7_000, days: 30, ordered: true },
  big: { keys: fortyKeys(Object.keys(kForms).concat("mistral", "cohere", "sambanova", "cloudflare")), catalog: bigCatalog(300), rows: 100_000, days: 30 },
};

export class Fleet {
  static async start(...options) { return new Fleet(await Simulator.start(...options)); }

  constructor(simulator) {
    this.simulator = simulator;
    this.templates = new Map();
  }

  #template(name) {
    if (!this.templates.has(name)) this.templates.set(name, makeTemplate(this.simulator, kTemplates[name]));
    return this.templates.get(name);
  }

  /** A daemon of that kind (a name in kTemplates), on a copy of its data. */
  async launch(kind) {
    const template = kTemplates[kind] ? await this.#template(kind) : null;
    const home = makeHome(this.simulator, { like: template?.home });
    const daemon = await new Daemon(home).start();
    if (template) await daemon.resume(template.cookie);
    return daemon;
  }

  async land(daemon) {
    try {
      await daemon.stop();
    } finally {
      removeHome(daemon.home);
    }
  }

  async stop() {
    await this.simulator.stop();
    for (const template of this.templates.values()) removeHome((await template).home);
  }
}
