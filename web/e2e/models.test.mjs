import { assert, eventually, gone, story, visible } from "./story.mjs";

story("the catalog is sorted and searched", {}, async ({ page }) => {
  await page.goto("/models");
  await page.getByRole("button", { name: "Context" }).click();
  await eventually(async () => assert.equal(await page.getByRole("columnheader", { name: "Context" }).getAttribute("aria-sort"), "descending"));
  await page.getByLabel("Find a model").fill("gpt-oss-120b");
  await visible(page.getByText(/\d+ entries, 1 different model$/));
});

story("a logical model shows the platforms that serve it", {}, async ({ page }) => {
  await page.goto("/models");
  await page.getByLabel("Find a model").fill("gpt-oss-120b");
  await page.getByRole("button", { name: /^GPT-OSS 120B/ }).first().click();
  const dialog = page.getByRole("dialog");
  await visible(dialog.getByRole("heading", { name: "Served by" }));
  const platforms = await dialog.getByRole("button", { name: /gpt-oss[-:]120b/ }).count();
  assert.ok(platforms >= 3, `${platforms} platforms`);
  await dialog.getByRole("button", { name: /Cerebras/ }).click();
  await visible(dialog.getByText("cerebras/gpt-oss-120b"));
});

story("a limit is edited, marked as edited, and goes back to the catalog's figure", {}, async ({ page }) => {
  await page.goto("/models");
  await page.getByLabel("Find a model").fill("gpt-oss-120b");
  await page.getByRole("button", { name: /^GPT-OSS 120B.*Groq/ }).click();
  const dialog = page.getByRole("dialog");
  const field = dialog.getByLabel("requests per minute");
  const before = await field.inputValue();
  await field.fill("7");
  await dialog.getByRole("button", { name: "Save limits" }).click();
  await visible(dialog.getByText(/edited, catalog says/));
  await page.reload();
  await page.getByLabel("Find a model").fill("gpt-oss-120b");
  await page.getByRole("button", { name: /^GPT-OSS 120B.*Groq/ }).click();
  assert.equal(await field.inputValue(), "7");
  await dialog.getByRole("button", { name: "Back to the catalog" }).click();
  await eventually(async () => assert.equal(await field.inputValue(), before));
  await gone(dialog.getByText(/edited, catalog says/));
});
