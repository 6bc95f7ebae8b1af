import { readFile } from "node:fs/promises";
import { assert, flashes, story, visible } from "./story.mjs";

story("a stress run shows phases, successes and failovers live, and its table is exported", { }, async ({ page, target }) => {
  await page.goto("/stress");
  await page.getByLabel("Requests").fill("24");
  await page.getByLabel("Delay between them").selectOption("50");
  await target.failNext(2, 8);
  await flashes(page, /\d+ of 24 answered…/, () => page.getByRole("button", { name: "Start" }).click());
  await visible(page.getByText("Done: 24 of 24 requests."));

  await visible(page.getByText("100 %"));
  await visible(page.getByText("26 attempts in all"));
  const phases = await page.getByRole("region", { name: "Phases" }).getByRole("row").count();
  assert.ok(phases >= 3, "a head and at least two phases");
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
  const lines = (await readFile(await csv.path(), "utf8")).trim().split("\r\n");
  assert.equal(lines.length, 25);
  assert.match(lines[0], /^number,at_ms,duration_ms,status,platform,model/);
  await flashes(page, /^Copied$/, () => page.getByRole("button", { name: "Copy as Markdown" }).click());
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\| phase \| served by \|/);
});

story("a run is stopped, and its table stays while one looks at another page", {}, async ({ page }) => {
  await page.goto("/stress");
  await page.getByLabel("Requests").fill("500");
  await page.getByLabel("Delay between them").selectOption("200");
  await page.getByRole("button", { name: "Start" }).click();
  await visible(page.getByText(/[1-9]\d* of 500 answered…/));
  await page.getByRole("button", { name: "Stop" }).click();
  const done = page.getByText(/Done: \d+ of 500 requests\./);
  await visible(done);
  const words = await done.textContent();
  await page.getByRole("link", { name: "Models" }).click();
  await visible(page.getByRole("heading", { level: 1, name: "Models" }));
  await page.getByRole("link", { name: "Stress test" }).click();
  await visible(page.getByText(words));
});
