import { assert, eventually, story, visible } from "./story.mjs";

story("the overview says who serves next and why, what is left today and what rests", { tired: true }, async ({ page }) => {
  await page.goto("/");
  await visible(page.getByRole("heading", { name: "The next request goes to" }));
  await visible(page.getByText(/First in the order that can serve now\./));
  for (const name of ["Requests", "Answered", "Tokens", "Latency, median", "First token, median"]) await visible(page.getByText(name, { exact: true }));
  await visible(page.getByText(/requests left|tokens left/));
  await visible(page.getByText(/starts over/));
  assert.ok((await page.getByRole("meter").count()) >= 5, "a meter for each platform with a daily limit");
  const cooling = page.getByRole("button", { name: /^End the cooldown of/ });
  const before = await cooling.count();
  assert.ok(before >= 1);
  await cooling.first().click();
  await eventually(async () => assert.equal(await cooling.count(), before - 1));
});

story("live traffic arrives without a reload, failovers marked", { }, async ({ page, open, browserContext, target }) => {
  const other = (await open({ context: browserContext })).page;
  await page.goto("/");
  await visible(page.getByRole("heading", { name: "Traffic" }));
  await other.goto("/playground");
  await target.failNext(1);
  await other.getByLabel("Message").fill("Say exactly hello");
  await other.getByRole("button", { name: "Send" }).click();
  await visible(other.getByText("after 1 failover"));
  const newest = page.getByRole("region", { name: "Traffic" }).getByRole("listitem").first();
  await visible(newest.getByText("after 1 failover").filter({ visible: true }));
});

story("the time span changes the figures", {}, async ({ page }) => {
  await page.goto("/");
  const figure = page.getByText("Requests", { exact: true }).locator("xpath=following-sibling::dd[1]");
  await visible(figure);
  await eventually(async () => assert.match(await figure.textContent(), /\d/));
  const day = await figure.textContent();
  await page.getByRole("radio", { name: "Last 30 days" }).click();
  await eventually(async () => assert.notEqual(await figure.textContent(), day));
});

story("a lost connection is said and mends itself", { allow: /ERR_INTERNET_DISCONNECTED|Failed to (load|fetch)/ }, async ({ page, browserContext }) => {
  await page.goto("/");
  await visible(page.getByText("Live", { exact: true }));
  await browserContext.setOffline(true);
  await page.getByRole("link", { name: "Models" }).click();
  await visible(page.getByText(/^This page could not be fetched/));
  await browserContext.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await visible(page.getByRole("heading", { level: 1, name: "Models" }));
  await visible(page.getByText("Live", { exact: true }));
});
