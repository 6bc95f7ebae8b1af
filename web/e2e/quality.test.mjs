// What no single page owns: the policy, layout shifts, big data, the keyboard.
import { assert, eventually, shownOrder, story, visible } from "./story.mjs";

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
      await page.waitForTimeout(700);
      const shifts = await page.evaluate(() => window.shifts);
      const total = shifts.reduce((sum, shift) => sum + shift.value, 0);
      assert.ok(total < 0.05, `${path} shifts by ${total.toFixed(3)}: ${JSON.stringify(shifts)}`);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(content <= window, `${path}: ${content} > ${window}`);
    }
  });
}

story("300 models stay smooth: few rows exist, scrolling keeps its frames, dragging works far down", { big: true }, async ({ page }) => {
  await page.goto("/fallback");
  await visible(page.getByText("300 models"));
  const rows = await page.locator("[aria-label='Fallback order'] [role=listitem]").count();
  assert.ok(rows < 40, `${rows} rows in the document`);
  const frames = (distance) => page.evaluate(async (by) => {
    const gaps = [];
    let last = performance.now();
    for (let frame = 0; frame < 60; ++frame) {
      window.scrollBy(0, by);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
    gaps.sort((a, b) => a - b);
    return { median: gaps[30], p95: gaps[57] };
  }, distance);
  // Compared with frames in which nothing moves: other work on the machine slows both.
  const still = await frames(0);
  const moving = await frames(210);
  assert.ok(moving.median < still.median * 1.5 + 16, `median frame ${moving.median.toFixed(1)} ms, standing still ${still.median.toFixed(1)} ms`);
  assert.ok(moving.p95 < still.p95 * 2 + 60, `95 % of frames within ${moving.p95.toFixed(1)} ms, standing still ${still.p95.toFixed(1)} ms`);

  const before = await shownOrder(page, 40);
  const handle = page.getByRole("button", { name: /^Move .*, number 19\d$/ }).first();
  await handle.scrollIntoViewIfNeeded();
  const box = await handle.boundingBox();
  await page.mouse.move(box.x + 10, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 10, box.y + 60, { steps: 3 });
  await page.mouse.move(box.x + 10, box.y + 230, { steps: 10 });
  await page.waitForTimeout(150);
  await page.mouse.up();
  await visible(page.getByRole("region", { name: "Unsaved changes" }));
  assert.notDeepEqual(await shownOrder(page, 40), before);
});

story("100,000 log rows are read page by page, 40 keys and 300 catalog rows show at once", { big: true }, async ({ page }) => {
  await page.goto("/requests");
  await visible(page.getByRole("list", { name: "Requests" }).getByRole("listitem"));
  for (let turn = 0; turn < 12; ++turn) {
    await page.mouse.wheel(0, 4000);
    await page.waitForTimeout(120);
  }
  await eventually(async () => assert.ok((await page.evaluate(() => document.body.scrollHeight)) > 20_000));
  assert.ok((await page.getByRole("list", { name: "Requests" }).getByRole("listitem").count()) < 60);
  await page.goto("/keys");
  await eventually(async () => assert.equal(await page.locator("[data-key]").count(), 40));
  await page.goto("/models");
  await visible(page.getByText(/300 entries/));
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
