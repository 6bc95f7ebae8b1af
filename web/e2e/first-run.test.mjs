import { assert, flashes, story, visible } from "./story.mjs";

story("a newcomer sets a password, sees three steps and copies a working call", { fresh: true, anonymous: true }, async ({ page, target }) => {
  await page.goto("/");
  await visible(page.getByRole("heading", { name: "Welcome to FreeLLMAPI" }));
  await page.getByLabel("Password", { exact: true }).fill("short");
  await visible(page.getByText("3 more to go."));
  await page.getByLabel("Password", { exact: true }).fill("a long password");
  await page.getByLabel("The same again").fill("a long passwort");
  await visible(page.getByText("The two differ."));
  await page.getByLabel("The same again").fill("a long password");
  await page.getByRole("button", { name: "Set password and go on" }).click();

  await visible(page.getByRole("heading", { level: 1, name: "First steps" }));
  for (const step of ["Add a key", "Order the models", "Make a request"]) await visible(page.getByRole("heading", { name: `to do: ${step}` }));

  for (const [language, mark] of [["curl", "curl "], ["Python", "from openai import"], ["Node", "import OpenAI"]]) {
    await page.getByRole("radio", { name: language }).click();
    await flashes(page, /^Copied$/, () => page.getByRole("button", { name: "Copy with key" }).click());
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(copied.startsWith(mark), copied);
    assert.ok(copied.includes(`${target.url}/v1`), "the real base URL");
    assert.match(copied, /freellmapi-[0-9a-f]{48}/, "the whole key");
    await visible(page.getByRole("button", { name: "Copy with key" }));
  }
});

story("each first step is ticked off when it has been done", { fresh: true, anonymous: true }, async ({ page, target }) => {
  await page.goto("/");
  await page.getByLabel("Password", { exact: true }).fill("a long password");
  await page.getByLabel("The same again").fill("a long password");
  await page.getByRole("button", { name: "Set password and go on" }).click();
  await page.getByRole("link", { name: "Go to the keys" }).click();
  await page.getByRole("button", { name: "Add a key for Groq" }).click();
  await page.getByLabel("API key").fill(target.secret());
  await page.getByRole("button", { name: "Add key" }).click();
  await visible(page.getByText("Valid", { exact: true }));

  await page.getByRole("link", { name: "Overview", exact: true }).click();
  await visible(page.getByText("1 of 3 first steps done."));
  await page.getByRole("link", { name: "First steps" }).click();
  await visible(page.getByRole("heading", { name: "done: Add a key" }));

  await page.getByRole("link", { name: "See the order" }).click();
  await page.getByRole("button", { name: /^Move / }).nth(1).press("Alt+ArrowUp");
  await page.getByRole("button", { name: "Save order" }).click();
  await visible(page.getByText("Order saved."));
  await page.getByRole("link", { name: "Playground" }).click();
  await page.getByLabel("Message").fill("Say exactly hello");
  await page.getByRole("button", { name: "Send" }).click();
  await visible(page.getByText("why this one?"));
  await page.goto("/welcome");
  for (const step of ["Add a key", "Order the models", "Make a request"]) await visible(page.getByRole("heading", { name: `done: ${step}` }));
});
