import { answered, assert, eventually, flashes, gone, story, visible } from "./story.mjs";

story("the unified key is hidden, shown, copied, and rotated only after confirmation", {}, async ({ page }) => {
  await page.goto("/settings");
  const shown = page.getByTestId("api-key");
  await visible(shown);
  assert.match(await shown.textContent(), /^freellmapi-….{4}$/);
  await page.getByRole("button", { name: "Show the key" }).click();
  await eventually(async () => assert.match(await shown.textContent(), /^freellmapi-[0-9a-f]{48}$/));
  const old = await shown.textContent();
  await flashes(page, /^Copied$/, () => page.getByRole("button", { name: "Copy the key" }).click());
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), old);

  await page.getByRole("button", { name: "Rotate…" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await shown.textContent(), old);
  await page.getByRole("button", { name: "Rotate…" }).click();
  await page.getByRole("button", { name: "Replace it" }).click();
  await visible(page.getByText("New key in force."));
  assert.notEqual(await shown.textContent(), old);
});

story("strategy, constants and retention are saved and seen in another tab", {}, async ({ page, open, browserContext }) => {
  const other = (await open({ context: browserContext })).page;
  await page.goto("/settings");
  await other.goto("/settings");
  await visible(other.getByRole("radio", { name: /Balanced/ }));
  await page.getByRole("radio", { name: /Balanced/ }).check();
  await page.getByLabel("Places back for a rate limit").fill("4");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await visible(page.getByText("Saved. In force from the next request on."));
  await eventually(async () => assert.ok(await other.getByRole("radio", { name: /Balanced/ }).isChecked()));
  assert.equal(await other.getByLabel("Places back for a rate limit").inputValue(), "4");
  await page.getByLabel("Keep for", { exact: true }).fill("30");
  await answered(page, "PATCH", /settings$/, () => page.getByRole("button", { name: "Save", exact: true }).click());
  await page.reload();
  await eventually(async () => assert.equal(await page.getByLabel("Keep for", { exact: true }).inputValue(), "30"));
  await page.getByRole("radio", { name: /Priority/ }).check();
  await page.getByLabel("Places back for a rate limit").fill("3");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await visible(page.getByText("Saved. In force from the next request on."));
});

story("the password is changed, with the current one checked", { allow: /status of 403/ }, async ({ page, target }) => {
  await page.goto("/settings");
  await page.getByLabel("Current password").fill("not it");
  await page.getByLabel("New password").fill("another password");
  await page.getByRole("button", { name: "Change password" }).click();
  await visible(page.getByText("That is not the current password."));
  assert.equal(await page.getByLabel("New password").inputValue(), "another password");
  await page.getByLabel("Current password").fill(target.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await visible(page.getByText("Password changed."));
  await page.getByLabel("Current password").fill("another password");
  await page.getByLabel("New password").fill(target.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await eventually(async () => assert.equal(await page.getByLabel("New password").inputValue(), ""));
});

story("sessions are listed and one is ended, which logs that browser out", { allow: /status of 401|EventSource/ }, async ({ page, open, target }) => {
  const second = await open({ anonymous: true });
  await second.page.goto("/");
  await second.page.getByLabel("Password").fill(target.password);
  await second.page.getByRole("button", { name: "Log in" }).click();
  await visible(second.page.getByRole("heading", { level: 1, name: "Overview" }));
  await page.goto("/settings");
  await visible(page.getByText("This one"));
  await page.getByRole("button", { name: "End", exact: true }).last().click();
  await visible(page.getByText("Session ended."));
  await second.page.getByRole("link", { name: "Models" }).click();
  await visible(second.page.getByLabel("Password"));
});

story("the theme is chosen and kept without a flash", {}, async ({ page }) => {
  await page.goto("/settings");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.getByRole("radio", { name: "Light", exact: true }).click();
  await eventually(async () => assert.notEqual(await background(), dark));
  const light = await background();
  await page.reload({ waitUntil: "commit" });
  await visible(page.getByRole("heading", { level: 1, name: "Settings" }));
  assert.equal(await background(), light);
});

story("about names the version and the software inside; logging out works", { allow: /status of 401/ }, async ({ page }) => {
  await page.goto("/settings");
  await visible(page.getByText("Listens on"));
  await page.getByText("Software inside, and its licences").click();
  await visible(page.getByText("SQLite"));
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/");
  await visible(page.getByLabel("Password"));
  await page.goto("/keys");
  await visible(page.getByLabel("Password"));
  await gone(page.getByRole("heading", { level: 1, name: "Keys" }));
});

story("a wrong password is refused in words, and many are slowed down", { anonymous: true, allow: /status of (401|429)/ }, async ({ page }) => {
  await page.goto("/");
  for (let n = 0; ; ++n) {
    await page.getByLabel("Password").fill(`wrong ${n}`);
    const [response] = await Promise.all([page.waitForResponse(/login/), page.getByRole("button", { name: "Log in" }).click()]);
    if (response.status() === 429) break;
    await visible(page.getByText("That is not the password."));
    assert.ok(n < 20, "many wrong passwords are slowed down");
  }
  await visible(page.getByText(/Too many tries\. Try again (in|now)/));
});

story("how often keys are checked is set, and a half-done change is discarded", { real: true }, async ({ page }) => {
  await page.goto("/settings");
  const every = page.getByLabel("Check each key every", { exact: true });
  await visible(every);
  await page.getByLabel("Unit of Check each key every").selectOption("60000");
  await every.fill("30");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await visible(page.getByText("Saved. In force from the next request on."));
  await page.reload();
  await eventually(async () => assert.equal(await every.inputValue(), "30"));
  await every.fill("5");
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await every.inputValue(), "30");
});
