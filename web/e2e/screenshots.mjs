// Pictures of every page with the mock: desktop dark and phone light, into docs/screenshots (or $SCREENSHOTS).
import { mkdirSync } from "node:fs";
import { startMock } from "../mock/server.mjs";
import { launch, logIn, openPage } from "./browser.mjs";

const folder = process.env.SCREENSHOTS ?? new URL("../../docs/screenshots", import.meta.url).pathname;
const only = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const settle = (page) => page.waitForTimeout(900);

async function chatOnce(page, text) {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("in all").last().waitFor({ timeout: 60_000 });
}

const kPages = {
  overview: async (page) => { await page.goto("/"); await page.waitForTimeout(4000); },
  welcome: async (page) => page.goto("/welcome"),
  keys: async (page) => page.goto("/keys"),
  fallback: async (page, mock, phone) => {
    await page.goto("/fallback");
    const handle = page.getByRole("button", { name: /^Move Kimi K3/ }).first();
    await handle.focus();
    await page.keyboard.press("Alt+ArrowUp");
    if (!phone) await page.mouse.move(5, 5);
  },
  models: async (page) => page.goto("/models"),
  model: async (page) => { await page.goto("/models"); await page.getByLabel("Find a model").fill("gpt-oss-120b"); await page.getByRole("button", { name: /^GPT-OSS 120B/ }).first().click(); },
  requests: async (page) => page.goto("/requests"),
  request: async (page, mock) => {
    const row = mock.state.log.find((entry) => entry.attempts === 3 && entry.outcome === "succeeded" && mock.state.details.has(entry.id));
    await page.goto(`/requests/${row.id}`);
  },
  playground: async (page) => { await page.goto("/playground"); await page.evaluate(() => sessionStorage.clear()); await page.reload(); await chatOnce(page, "Explain a token bucket in a few lines, with code."); },
  compare: async (page) => {
    await page.goto("/compare");
    await page.getByLabel("Model of column 2").selectOption("gpt-oss-120b");
    await page.getByLabel("Prompt").fill("How does a token bucket differ from a leaky bucket?");
    await page.getByRole("button", { name: "Ask all" }).click();
    await page.getByText("in all").nth(1).waitFor({ timeout: 60_000 });
  },
  stress: async (page, mock) => {
    await page.goto("/stress");
    await page.getByLabel("Requests").fill("60");
    await page.getByLabel("Delay between them").selectOption("50");
    await page.getByRole("button", { name: "Start" }).click();
    // The first model runs dry after a while, then the second.
    for (const at of [1500, 900]) {
      await page.waitForTimeout(at);
      mock.state.failNext.push(["daily_quota", 429, "You exceeded your current quota, limit per day"]);
    }
    await page.getByText("Done: 60 of 60").waitFor({ timeout: 60_000 });
  },
  settings: async (page) => page.goto("/settings"),
};

const browser = await launch();
for (const phone of [false, true]) {
  const mock = await startMock({ traffic: true });
  const { page, context, complaints } = await openPage(browser, { baseURL: mock.url, dark: !phone, phone });
  const shoot = (name) => page.screenshot({ path: `${folder}/${name}-${phone ? "phone" : "desktop"}.png` });
  await page.goto("/");
  await settle(page);
  if (!only.length || only.includes("login")) await shoot("login");
  await logIn(page, mock.state.password);
  for (const [name, visit] of Object.entries(kPages)) {
    if (only.length && !only.includes(name)) continue;
    await visit(page, mock, phone);
    await settle(page);
    await page.evaluate(() => document.fonts.ready);
    await shoot(name);
  }
  if (complaints.length) console.error(complaints.join("\n"));
  await context.close();
  await mock.close();
}
await browser.close();
console.log(`pictures in ${folder}`);
