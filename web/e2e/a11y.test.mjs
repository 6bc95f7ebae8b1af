// axe on every page and dialog, in both themes, wide and narrow.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { assert, settled, story, visible } from "./story.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, each with the place it was found in. */
async function check(page, where) {
  await page.evaluate(`if (!window.axe) { ${axe} }`);
  const violations = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} – ${node.any[0]?.message ?? node.failureSummary}`).join(" | ")}`));
  return violations.map((text) => `${where}: ${text}`);
}

const kPages = ["/", "/welcome", "/keys", "/fallback", "/models", "/requests", "/playground", "/compare", "/stress", "/settings", "/nowhere", "/api/docs"];

const kStates = {
  "the add-key dialog": async (page) => { await page.goto("/keys"); await page.getByRole("button", { name: "Add a key for Groq" }).click(); await visible(page.getByLabel("API key")); },
  "the import dialog": async (page) => { await page.goto("/keys"); await page.getByRole("button", { name: "Paste many" }).click(); await page.getByLabel("A .env file, JSON or CSV").fill("GROQ_API_KEY=gsk_axe\nWHAT_TOKEN=x1"); await page.getByRole("button", { name: "Preview" }).click(); await visible(page.getByLabel("Platform of WHAT_TOKEN")); },
  "an open menu": async (page) => { await page.goto("/fallback"); await page.getByRole("button", { name: "Sort by…" }).click(); await visible(page.getByRole("menuitem").first()); },
  "a draft of the order": async (page) => { await page.goto("/fallback"); await page.getByRole("button", { name: /^Move / }).nth(2).press("Alt+ArrowUp"); await visible(page.getByRole("region", { name: "Unsaved changes" })); },
  "a model's details": async (page) => { await page.goto("/models"); await page.getByRole("row").nth(1).getByRole("button").click(); await visible(page.getByRole("heading", { name: "Served by" })); },
  "a conversation": async (page) => { await page.goto("/playground"); await page.getByLabel("Message").fill("Explain a token bucket."); await page.getByRole("button", { name: "Send" }).click(); await visible(page.getByText("why this one?")); },
  "a request's story": async (page) => { await page.getByRole("link", { name: "why this one?" }).first().click(); await visible(page.getByRole("heading", { name: "Attempts in time" })); },
  "a confirmation": async (page) => { await page.goto("/settings"); await page.getByRole("button", { name: "Rotate…" }).click(); await visible(page.getByRole("button", { name: "Replace it" })); },
};

for (const [look, options] of [["dark", { dark: true }], ["light", { dark: false }], ["light on a phone", { dark: false, phone: true }]]) {
  story(`axe finds nothing on any page, ${look}`, options, async ({ page }) => {
    const found = [];
    for (const path of kPages) {
      await page.goto(path);
      await visible(page.getByRole("heading", { level: 1 }));
      await settled(page);
      found.push(...(await check(page, path)));
    }
    for (const [name, reach] of Object.entries(kStates)) {
      await reach(page);
      await settled(page);
      found.push(...(await check(page, name)));
    }
    assert.deepEqual(found, []);
  });

  story(`axe finds nothing at the door, ${look}`, { ...options, anonymous: true }, async ({ page }) => {
    await page.goto("/");
    await visible(page.getByLabel("Password"));
    await settled(page);
    assert.deepEqual(await check(page, "log-in"), []);
  });

  story(`axe finds nothing on the first run, ${look}`, { ...options, anonymous: true, fresh: true }, async ({ page }) => {
    await page.goto("/");
    await visible(page.getByLabel("The same again"));
    await settled(page);
    assert.deepEqual(await check(page, "set-up"), []);
  });
}
