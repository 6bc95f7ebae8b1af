// What no single page owns: the policy, layout shifts, big data, the keyboard.
import { drag, handle } from "./hands.mjs";
import { tasksDuring } from "./measure.mjs";
import { assert, eventually, settled, story, visible } from "./story.mjs";

/** The name that stands at a place of the fallback order. */
const nameAt = async (page, place) => /^Move (.*), number/.exec(await handle(page, place).getAttribute("aria-label"))[1];

const kPages = ["/", "/welcome", "/keys", "/fallback", "/models", "/requests", "/playground", "/compare", "/stress", "/settings"];

story("the page is served under a policy without inline scripts or styles", { anonymous: true }, async ({ page }) => {
  const response = await page.goto("/");
  const policy = response.headers()["content-security-policy"] ?? "";
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
  const asset = await page.locator("script[type=module]").getAttribute("src");
  const cached = await page.request.get(asset);
  assert.match(cached.headers()["cache-control"], /immutable/);
  assert.doesNotMatch(response.headers()["cache-control"], /immutable/);
});

story("the first load stays within 250 kB, compressed as it travels, and charts come later", {}, async ({ page }) => {
  await page.goto("/keys");
  await visible(page.getByRole("heading", { level: 1, name: "Keys" }));
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).filter((entry) => !entry.name.includes("/api/")).map((entry) => [new URL(entry.name).pathname, entry.transferSize]));
  const total = loaded.reduce((sum, [, bytes]) => sum + bytes, 0);
  assert.ok(total > 50_000 && total < 250 * 1024, `${total} bytes: ${JSON.stringify(loaded)}`);
  assert.ok(loaded.every(([path]) => !/chart|uplot/i.test(path)), "no chart on a page without one");
});

for (const phone of [false, true]) {
  story(`nothing jumps while a page loads, and none is wider than its window, ${phone ? "phone" : "desktop"}`, { phone }, async ({ page }) => {
    await page.addInitScript(() => {
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push({ value: entry.value, what: entry.sources?.map((source) => source.node?.nodeName + "." + String(source.node?.className ?? "").slice(0, 60)) });
      }).observe({ type: "layout-shift", buffered: true });
    });
    for (const path of kPages) {
      await page.goto(path);
      await visible(page.getByRole("heading", { level: 1 }));
      await settled(page);
      const shifts = await page.evaluate(() => window.shifts);
      const total = shifts.reduce((sum, shift) => sum + shift.value, 0);
      assert.ok(total < 0.05, `${path} shifts by ${total.toFixed(3)}: ${JSON.stringify(shifts)}`);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(content <= window, `${path}: ${content} > ${window}`);
    }
  });
}

/** A task longer than this is felt as a halt; measured on the processor, so that a busy machine does not count. */
const kHalt_ms = 100;
/** Reading and first drawing of the largest answers. */
const kLoad_ms = 200;

const wheel = async (page, turns, by = 700) => {
  for (let turn = 0; turn < turns; ++turn) await page.mouse.wheel(0, by);
  await settled(page);
};
const rowsOf = (page, name) => page.getByRole("list", { name }).getByRole("listitem");

/** What is done on a page with much data, and that it never halts. */
async function smooth({ browser, page }, what, bound_ms, act) {
  const tasks = await tasksDuring(browser, page, act);
  if (process.env.E2E_FIGURES) console.log(`# ${what}: longest tasks ${tasks.slice(0, 3).map((ms) => ms.toFixed(0)).join(", ")} ms of ${tasks.length}`);
  assert.ok(tasks.length > 0, "the trace holds the page's tasks");
  assert.ok(tasks[0] < bound_ms, `${what}: a task took ${tasks[0].toFixed(0)} ms of the processor`);
}

story("300 models stay smooth: few rows exist, no task halts the page in loading, scrolling, filtering or dragging", { big: true }, async ({ page, browser }) => {
  const here = { page, browser };
  await smooth(here, "loading the order", kLoad_ms, async () => {
    await page.goto("/fallback");
    await visible(page.getByText("300 models"));
    await settled(page);
  });
  const few = async () => assert.ok((await rowsOf(page, "Fallback order").count()) < 40, "few rows in the document");
  await few();
  await smooth(here, "scrolling the order", kHalt_ms, () => wheel(page, 20));
  await few();
  await smooth(here, "filtering the order", kHalt_ms, async () => {
    await page.getByLabel("Find a model").fill("gpt");
    await visible(page.getByText(/\d+ of 300 models/));
    await page.getByLabel("Find a model").fill("");
    await visible(page.getByText("300 models", { exact: true }));
  });

  const from = handle(page, 190);
  const to = handle(page, 187);
  await eventually(async () => {
    await page.mouse.wheel(0, (await from.count()) ? 0 : 1500);
    assert.equal(await from.count(), 1);
  });
  // In the middle: a drag near the edge of the window scrolls.
  await from.evaluate((row) => row.scrollIntoView({ block: "center" }));
  await visible(to);
  const before = await nameAt(page, 190);
  await smooth(here, "dragging far down in the order", kHalt_ms, () => drag(page, from, to));
  await visible(page.getByRole("region", { name: "Unsaved changes" }));
  await eventually(async () => assert.equal(await nameAt(page, 187), before));
  await few();
});

story("100,000 log rows are read page by page, 40 keys and 300 catalog rows show at once, and nothing halts", { big: true }, async ({ page, browser }) => {
  const here = { page, browser };
  await smooth(here, "loading the requests", kLoad_ms, async () => {
    await page.goto("/requests");
    await visible(rowsOf(page, "Requests"));
    await settled(page);
  });
  await smooth(here, "scrolling through the requests", kHalt_ms, () => eventually(async () => {
    await page.mouse.wheel(0, 4000);
    assert.ok((await page.evaluate(() => document.body.scrollHeight)) > 20_000);
  }));
  assert.ok((await rowsOf(page, "Requests").count()) < 60);

  await smooth(here, "loading the keys", kLoad_ms, async () => {
    await page.goto("/keys");
    await eventually(async () => assert.equal(await page.locator("[data-key]").count(), 40));
    await settled(page);
  });
  await smooth(here, "scrolling the keys", kHalt_ms, () => wheel(page, 8));

  await smooth(here, "loading the catalog", kLoad_ms, async () => {
    await page.goto("/models");
    await visible(page.getByText(/300 entries/));
    await settled(page);
  });
  await smooth(here, "sorting and scrolling the catalog", kHalt_ms, async () => {
    await page.getByRole("button", { name: "Context" }).click();
    await wheel(page, 12);
  });
  assert.ok((await page.getByRole("row").count()) < 60);
});

story("the whole dashboard is reached with the keyboard alone", {}, async ({ page }) => {
  await page.goto("/");
  await visible(page.getByRole("heading", { level: 1, name: "Overview" }));
  await page.keyboard.press("Tab");
  await visible(page.getByRole("link", { name: "Skip to content" }));
  const names = [];
  for (let press = 0; press < 14; ++press) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => document.activeElement?.textContent?.trim()));
  }
  for (const name of ["Overview", "Keys", "Fallback", "Models", "Requests", "Playground", "Compare", "Stress test", "Settings"]) assert.ok(names.includes(name), `${name} in ${names}`);
  await page.getByRole("link", { name: "Keys" }).focus();
  await page.keyboard.press("Enter");
  await visible(page.getByRole("heading", { level: 1, name: "Keys" }));
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1"));
});

/** How dark a strip at an element's left and right edge is against its middle: positive where a shadow lies. */
async function shadows(page, element) {
  const box = await element.boundingBox();
  // Between the edge and what stands there: the lowest pixels, below the controls.
  const picture = await page.screenshot({ clip: { x: box.x, y: box.y + box.height - 3, width: box.width, height: 2 } });
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    brush.drawImage(image, 0, 0);
    const light = (x) => brush.getImageData(Math.round(x), 0, 1, 1).data.slice(0, 3).reduce((sum, part) => sum + part, 0) / 3;
    const middle = light(image.width / 2);
    return { left: middle - light(2), right: middle - light(image.width - 3) };
  }, picture.toString("base64"));
}

story("what goes on beyond the edge throws a shadow there, and the end throws none", { phone: true, dark: false }, async ({ page }) => {
  await page.goto("/fallback");
  const filters = page.getByRole("search").locator(".scroll-fade");
  await visible(page.getByRole("list", { name: "Fallback order" }));
  await settled(page);
  assert.ok(await filters.evaluate((node) => node.scrollWidth > node.clientWidth + 40), "the filters go on beyond the edge");
  const start = await shadows(page, filters);
  assert.ok(start.right > 15 && start.left < 5, `at the start: ${JSON.stringify(start)}`);
  await filters.evaluate((node) => node.scrollTo({ left: node.scrollWidth }));
  await settled(page);
  const end = await shadows(page, filters);
  assert.ok(end.left > 15 && end.right < 5, `at the end: ${JSON.stringify(end)}`);
});
