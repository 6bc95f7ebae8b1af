// Pictures of every page with the real daemon: desktop dark and phone light, into docs/screenshots (or $SCREENSHOTS).
import { mkdirSync } from "node:fs";
import { launch, openPage, settled } from "./browser.mjs";
import { Fleet } from "./real/fleet.mjs";

const folder = process.env.SCREENSHOTS ?? new URL("../../docs/screenshots", import.meta.url).pathname;
const only = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const settle = settled;

const kBucket = `A **token bucket** refills at a steady rate and lets short bursts through:

- each request takes one token; with none left it waits or is refused
- tokens come back at \`rate\` per second, up to \`burst\`

\`\`\`python
def allow(bucket, now):
    bucket.tokens = min(bucket.burst, bucket.tokens + (now - bucket.last) * bucket.rate)
    bucket.last = now
    if bucket.tokens < 1:
        return False
    bucket.tokens -= 1
    return True
\`\`\`

| | bursts | memory |
|---|---|---|
| token bucket | yes, up to \`burst\` | two numbers |
| leaky bucket | no | a queue |
`;
const kLeaky = `A **token bucket** saves up unused allowance and spends it in bursts. A **leaky bucket** lets everything out at one pace, whatever comes in.

Choose the first to be kind to clients, the second to protect what lies behind.`;

const say = (simulator, text, times = 1) => simulator.fault({ kind: "text", text, times });

async function chatOnce(page, text) {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("in all").last().waitFor({ timeout: 60_000 });
}

/** Requests while a picture is taken, so that the traffic is live; some of them fail over. */
async function somethingHappens({ daemon, simulator }, count = 14) {
  for (let n = 0; n < count; ++n) {
    if (n % 5 === 2) await simulator.fault({ kind: "rate_limit", metric: "rpm", retry_after_ms: 95_000, times: n % 2 ? 1 : 2 });
    await daemon.chat({ model: n % 4 === 3 ? "gpt-oss-120b" : "auto", stream: n % 3 > 0, messages: [{ role: "user", content: `Summarise report ${n}. ${"A sentence about the quarter. ".repeat(n * 7)}` }] });
  }
}

const kPages = {
  welcome: (page) => page.goto("/welcome"),
  keys: (page) => page.goto("/keys"),
  overview: async (page, real) => {
    await page.goto("/");
    await somethingHappens(real);
    await page.waitForTimeout(4_500);
  },
  fallback: async (page, real, phone) => {
    await page.goto("/fallback");
    await page.getByRole("button", { name: /, number 4$/ }).press("Alt+ArrowUp");
    if (!phone) await page.mouse.move(5, 5);
  },
  models: (page) => page.goto("/models"),
  model: async (page) => {
    await page.goto("/models");
    await page.getByLabel("Find a model").fill("gpt-oss-120b");
    await page.getByRole("button", { name: /^GPT-OSS 120B/i }).first().click();
  },
  requests: (page) => page.goto("/requests"),
  request: async (page, { daemon, simulator }) => {
    await simulator.fault({ kind: "rate_limit", metric: "rpm", retry_after_ms: 95_000, times: 1 });
    await simulator.fault({ kind: "status", status: 503, skip: 1, times: 1 });
    const answer = await daemon.chat({ stream: true });
    await page.goto(`/requests/${answer.headers.get("x-request-id")}`);
  },
  playground: async (page, { simulator }) => {
    await say(simulator, kBucket);
    await page.goto("/playground");
    await chatOnce(page, "Explain a token bucket in a few lines, with code.");
  },
  compare: async (page, { simulator }) => {
    await say(simulator, kLeaky, 2);
    await page.goto("/compare");
    await page.getByLabel("Model of column 2").selectOption("gpt-oss-120b");
    await page.getByLabel("Prompt").fill("How does a token bucket differ from a leaky bucket?");
    await page.getByRole("button", { name: "Ask all" }).click();
    await page.getByText("in all").nth(1).waitFor({ timeout: 60_000 });
  },
  stress: async (page, { simulator }) => {
    await page.goto("/stress");
    await page.getByLabel("Requests").fill("60");
    await page.getByLabel("Delay between them").selectOption("50");
    await page.getByRole("button", { name: "Start" }).click();
    // The first model runs dry after a while, then the second.
    for (const at of [1500, 900]) {
      await page.waitForTimeout(at);
      await simulator.fault({ kind: "rate_limit", metric: "rpd", times: 1 });
    }
    await page.getByText("Done: 60 of 60").waitFor({ timeout: 60_000 });
  },
  settings: (page) => page.goto("/settings"),
};

const fleet = await Fleet.start("--latency-ms", "60", "--tokens-per-second", "120");
const browser = await launch();
try {
  for (const phone of [false, true]) {
    const daemon = await fleet.launch("demo");
    const door = await openPage(browser, { baseURL: daemon.url, dark: !phone, phone });
    const shoot = (page, name) => page.screenshot({ path: `${folder}/${name}-${phone ? "phone" : "desktop"}.png` });
    if (!only.length || only.includes("login")) {
      await door.page.goto("/");
      await settle(door.page);
      await shoot(door.page, "login");
    }
    await door.context.close();
    const { page, context, complaints } = await openPage(browser, { baseURL: daemon.url, dark: !phone, phone, cookie: daemon.cookie });
    for (const [name, visit] of Object.entries(kPages)) {
      if (only.length && !only.includes(name)) continue;
      await visit(page, { daemon, simulator: fleet.simulator }, phone);
      await settle(page);
      await page.evaluate(() => document.fonts.ready);
      await shoot(page, name);
    }
    for (const line of await complaints()) console.error(line);
    await context.close();
    await fleet.land(daemon);
  }
} finally {
  await browser.close();
  await fleet.stop();
}
console.log(`pictures in ${folder}`);
