// What was typed outlives the end of a session and of the daemon.
import { assert, eventually, gone, story, visible } from "./story.mjs";

const again = (page) => page.getByRole("dialog", { name: "Log in again" });

async function typeKey(page, target) {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Add a key for Groq" }).click();
  await page.getByLabel("API key").fill(target.secret());
  await page.getByLabel("Label (optional)").fill("half-way");
}

story("a session that ended is begun again over the page, and what was asked for is done", { real: true, allow: /status of 401/ }, async ({ page, target }) => {
  await typeKey(page, target);
  await target.daemon.api("POST", "/api/auth/logout-all");
  await page.getByRole("button", { name: "Add key" }).click();

  await visible(again(page).getByText("nothing you typed is lost"));
  await page.getByLabel("Password").fill(target.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await gone(again(page));
  await visible(page.getByRole("listitem").filter({ hasText: "half-way" }).getByText("Valid"));
  await visible(page.getByText("Live", { exact: true }));
});

story("the session's end is noticed without a click, and another tab's log-in serves this one, too", { real: true, allow: /status of 401/ }, async ({ page, open, browserContext, target }) => {
  await page.goto("/playground");
  await page.getByLabel("Message").fill("Half a thought");
  await visible(page.getByText("Live", { exact: true }));
  const other = (await open({ context: browserContext })).page;
  await other.goto("/models");
  await visible(other.getByRole("heading", { level: 1, name: "Models" }));
  await target.daemon.api("POST", "/api/auth/logout-all");
  await visible(again(page));
  await visible(again(other));
  await other.getByLabel("Password").fill(target.password);
  await other.getByRole("button", { name: "Log in" }).click();
  await gone(again(other));

  await page.bringToFront();
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await gone(again(page));
  assert.equal(await page.getByLabel("Message").inputValue(), "Half a thought");
});

story("the daemon's restart is said, costs nothing that was typed, and the page goes on by itself", { real: true, allow: /ERR_CONNECTION_(REFUSED|RESET)|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/ }, async ({ page, target }) => {
  await typeKey(page, target);
  await target.restart(async () => {
    await visible(page.getByText("The daemon does not answer."));
    await page.getByRole("button", { name: "Add key" }).click();
    await visible(page.getByText("The daemon cannot be reached. Is it still running?"));
    assert.equal(await page.getByLabel("Label (optional)").inputValue(), "half-way");
  });
  await gone(page.getByText("The daemon does not answer."));
  await page.getByRole("button", { name: "Add key" }).click();
  await visible(page.getByRole("listitem").filter({ hasText: "half-way" }).getByText("Valid"));
});

story("logging out elsewhere leaves nothing to read, and a refused log-in says so", { real: true, allow: /status of 401/ }, async ({ page, target }) => {
  await page.goto("/keys");
  await visible(page.getByText("In the pool"));
  await target.daemon.api("POST", "/api/auth/logout-all");
  await visible(again(page));
  await page.getByLabel("Password").fill("not it");
  await page.getByRole("button", { name: "Log in" }).click();
  await visible(page.getByText("That is not the password."));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await visible(again(page));
  await eventually(async () => assert.equal(await page.evaluate(() => document.elementFromPoint(400, 700)?.closest("dialog")?.getAttribute("aria-label")), "Log in again"));
});
