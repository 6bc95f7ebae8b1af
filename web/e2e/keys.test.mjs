import { answered, assert, gone, story, visible } from "./story.mjs";

const group = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { level: 3, name: new RegExp(`^${name}`) }) });

async function addKey(page, platformName, secret, label) {
  await page.getByRole("button", { name: `Add a key for ${platformName}` }).click();
  await page.getByLabel("API key").fill(secret);
  if (label) await page.getByLabel("Label (optional)").fill(label);
  await page.getByRole("button", { name: "Add key" }).click();
}

story("a key is added and its verdict arrives by itself", {}, async ({ page, target }) => {
  await page.goto("/keys");
  await addKey(page, "Groq", target.secret(), "fresh one");

  await visible(page.getByText("1 key added, being checked now."));
  const row = group(page, "Groq").getByRole("listitem").filter({ hasText: "fresh one" });
  await visible(row.getByText("Valid"));
});

story("a refused key says why, and the same key twice is not stored twice", {}, async ({ page, target }) => {
  const secret = target.badSecret();
  await page.goto("/keys");
  await addKey(page, "Groq", secret, "broken");

  const row = group(page, "Groq").getByRole("listitem").filter({ hasText: "broken" });
  await visible(row.getByText("Refused", { exact: true }));
  await visible(row.getByText(/401/));
  await addKey(page, "Groq", secret);
  await visible(page.getByText(/already stored/i));
});

story("what was typed survives closing the dialog by mistake", {}, async ({ page }) => {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Add a key for Groq" }).click();
  await page.getByLabel("API key").fill("gsk_half-typed");
  await page.keyboard.press("Escape");
  await gone(page.getByLabel("API key"));

  await page.getByRole("button", { name: "Add a key for Groq" }).click();
  assert.equal(await page.getByLabel("API key").inputValue(), "gsk_half-typed");
});

story("several keys go in at once, one per line", {}, async ({ page, target }) => {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Add a key for Mistral AI" }).click();
  await page.getByLabel("Several keys at once").check();
  await page.getByLabel("Keys, one per line").fill([target.secret(), target.secret(), target.secret()].join("\n"));
  await page.getByRole("button", { name: "Add 3 keys" }).click();
  await visible(page.getByText("3 keys added"));
});

story("a pasted .env is previewed with its duplicates before anything is stored", {}, async ({ page, target }) => {
  const twice = target.secret();
  await page.goto("/keys");
  await page.getByRole("button", { name: "Paste many" }).click();
  await page.getByLabel("A .env file, JSON or CSV").fill(`# mine\nGROQ_API_KEY=${twice}\nGEMINI_API_KEY="AIzaaccepted77"\nGROQ_API_KEY_2=${twice}\nMY_SECRET_TOKEN=tok_accepted\n`);
  await page.getByRole("button", { name: "Preview" }).click();
  await visible(page.getByText("Read as .env: 4 entries, 2 new keys to add."));
  await visible(page.getByText("Twice in the text"));
  await page.getByLabel("Platform of MY_SECRET_TOKEN").selectOption("mistral");
  await page.getByLabel("GEMINI_API_KEY").uncheck();
  await page.getByRole("button", { name: "Add 2 keys" }).click();
  await visible(page.getByText("2 keys added"));
});

story("a key is tested, labelled, switched off, deleted and brought back", {}, async ({ page, target }) => {
  await page.goto("/keys");
  await addKey(page, "Groq", target.secret(), "patient");
  const row = group(page, "Groq").getByRole("listitem").filter({ hasText: "patient" });
  await visible(row.getByText("Valid"));
  assert.equal((await answered(page, "POST", /\/test$/, () => row.getByRole("button", { name: "Test patient" }).click())).status(), 202);
  await visible(row.getByText("Valid"));

  await row.getByRole("button", { name: "More for patient" }).click();
  await page.getByRole("menuitem", { name: "Change label" }).click();
  await page.getByLabel("Label", { exact: true }).fill("renamed");
  await page.keyboard.press("Enter");
  const renamed = group(page, "Groq").getByRole("listitem").filter({ hasText: "renamed" });
  await visible(renamed);

  await answered(page, "PATCH", /keys\/\d+$/, () => renamed.getByRole("switch", { name: "Use renamed" }).click());
  await page.reload();
  assert.equal(await renamed.getByRole("switch", { name: "Use renamed" }).getAttribute("aria-checked"), "false");

  await renamed.getByRole("button", { name: "More for renamed" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await gone(renamed);
  await page.getByRole("button", { name: "Undo" }).click();
  await visible(renamed);
  await visible(page.getByText("Key renamed is back."));
});

story("every platform says what it needs and where to get it", {}, async ({ page }) => {
  await page.goto("/keys");
  await visible(group(page, "Google AI Studio"));
  const links = await page.getByRole("link", { name: /^Get a key/ }).evaluateAll((all) => all.map((one) => one.href));
  assert.ok(links.length >= 14, `${links.length} platforms with a sign-up page`);
  assert.ok(links.every((href) => href.startsWith("https://")));
  await page.getByRole("button", { name: "Add a key for Cloudflare Workers AI" }).click();
  await visible(page.getByLabel("Account ID"));
  await visible(page.getByLabel("API token"));
});

story("a custom endpoint is added, its models discovered, and they join the order", {}, async ({ page, target }) => {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Add an endpoint" }).click();
  await page.getByLabel("Name").fill("Bench box");
  await page.getByLabel("Base URL").fill(target.endpoint);
  await page.getByLabel("It is on my own machine or private network").check();
  await page.getByRole("button", { name: "Add and discover models" }).click();
  await visible(page.getByText(/The endpoint lists \d+ models/));
  await page.getByRole("button", { name: /^Use \d+ models/ }).click();
  await visible(page.getByText(/Bench box now serves/));

  await page.goto("/fallback");
  await page.getByLabel("Platform").selectOption({ label: "Bench box" });
  await visible(page.getByRole("list", { name: "Fallback order" }).getByRole("listitem"));
  await page.goto("/keys");
  await page.getByRole("button", { name: "Delete Bench box" }).click();
  await page.getByRole("button", { name: "Delete endpoint" }).click();
  await visible(page.getByText("Bench box deleted."));
});

story("exporting asks for the password again", { allow: /status of 403/ }, async ({ page, target }) => {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByLabel("Password").fill("not it");
  await page.getByRole("dialog").getByRole("button", { name: "Export" }).click();
  await visible(page.getByText("That is not the password."));
  await page.getByLabel("Password").fill(target.password);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: "Export" }).click()]);
  assert.equal(file.suggestedFilename(), "freellmapi-keys.env");
});

story("platforms that serve without a key are named with what that means, and can be left out", {}, async ({ page }) => {
  await page.goto("/keys");
  await visible(page.getByRole("heading", { level: 2, name: "Without a key" }));
  await visible(page.getByText(/They may log prompts or train on them/));
  await visible(group(page, "Kilo Gateway").getByText("works without a key"));
  await page.getByRole("button", { name: "Stop using them" }).click();
  await visible(page.getByText("Requests go only where you have a key."));
  await gone(page.getByRole("heading", { level: 2, name: "Without a key" }));
  await page.getByRole("button", { name: "Undo" }).click();
  await visible(page.getByRole("heading", { level: 2, name: "Without a key" }));
});

story("a key that cannot be decrypted says so and what helps", { real: true }, async ({ page }) => {
  await page.goto("/keys");
  const row = group(page, "Zhipu").getByRole("listitem").filter({ hasText: "old laptop" });
  await visible(row.getByText("Cannot be decrypted"));
  await visible(row.getByText(/Enter it again, or start the daemon with the master key of before/));
  await page.goto("/fallback");
  await page.getByLabel("Platform").selectOption("zhipu");
  const models = page.getByRole("list", { name: "Fallback order" }).getByRole("listitem");
  await visible(models);
  for (const words of await models.allTextContents()) assert.match(words, /No key|Off/, "a model whose only key cannot be used is not ready");
});

story("a key gets a proxy of its own; one that cannot be is refused and stays typed", { real: true, allow: /status of (400|422)/ }, async ({ page }) => {
  await page.goto("/keys");
  const row = group(page, "Cohere").getByRole("listitem").filter({ hasText: "trial" });
  await row.getByRole("button", { name: "More for trial" }).click();
  await page.getByRole("menuitem", { name: "Outbound proxy…" }).click();
  const field = page.getByLabel("Outbound proxy", { exact: true });
  await field.fill("ftp://nowhere");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await visible(page.getByRole("dialog").getByText(/proxy/i).nth(1));
  assert.equal(await field.inputValue(), "ftp://nowhere");
  await field.fill("http://me:hidden@127.0.0.1:8888");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await visible(page.getByText("Proxy set. The next request takes it."));
  await visible(row.getByText(/through http:\/\/.*127\.0\.0\.1:8888/));
  assert.ok(!(await row.textContent()).includes("hidden"), "its password is not shown");
});
