// The live feed: what it costs in tabs nobody looks at, and that nothing is missed for it.
import { answered, assert, flashes, settled, story, visible } from "./story.mjs";

/** Makes the page believe that nobody, or somebody, looks at it. */
const look = (page, hidden) => page.evaluate((value) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
  document.dispatchEvent(new Event("visibilitychange"));
}, hidden);
const isFeed = (request) => request.resourceType() === "eventsource";

story("a tab nobody looks at gives its connection back, and knows what it missed when looked at again", { real: true }, async ({ page, target }) => {
  const [key] = (await target.daemon.api("GET", "/api/keys")).data;
  await page.clock.install();
  await page.goto("/keys");
  await visible(page.getByText(key.label, { exact: true }));
  await visible(page.getByText("Live", { exact: true }));
  await look(page, true);
  await Promise.all([page.waitForEvent("requestfailed", isFeed), page.clock.fastForward(11_000)]);
  await target.daemon.api("PATCH", `/api/keys/${key.id}`, { label: "renamed meanwhile" });

  await Promise.all([page.waitForRequest(isFeed), look(page, false)]);
  await visible(page.getByText("renamed meanwhile", { exact: true }));
  await visible(page.getByText("Live", { exact: true }));
});

story("a verdict that comes before the answer to the question is not lost", { real: true }, async ({ page, target }) => {
  // The answers to the page's own questions are held back until the feed has told the end of the check.
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await page.route(/\/api\/keys\/\d+\/test$/, async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  const [key] = (await target.daemon.api("GET", "/api/keys")).data;
  await page.goto("/keys");
  const row = page.locator(`[data-key="${key.id}"]`);
  await visible(row.getByText("Valid"));
  await flashes(page, /Checking…/, () => row.getByRole("button", { name: `Test ${key.label}` }).click());
  await visible(row.getByText("Valid"));
  await answered(page, "POST", /\/test$/, async () => letGo());
  await settled(page);
  assert.equal(await row.getByText("Valid").count(), 1);
  assert.equal(await row.getByText("Checking…").count(), 0);
});
