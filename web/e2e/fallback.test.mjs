import { drag, handle, touchDrag } from "./hands.mjs";
import { assert, eventually, gone, shownOrder, story, visible } from "./story.mjs";

const list = (page) => page.getByRole("list", { name: "Fallback order" });
const saveBar = (page) => page.getByRole("region", { name: "Unsaved changes" });

story("a model is dragged to the top with the mouse and the order is saved", {}, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  const before = await shownOrder(page);
  await drag(page, handle(page, 4), handle(page, 1));
  await eventually(async () => assert.equal((await shownOrder(page))[0], before[3]));
  await visible(saveBar(page).getByText("1 model moved."));
  await page.getByRole("button", { name: "Save order" }).click();
  await visible(page.getByText("Order saved."));
  await gone(saveBar(page));

  await page.reload();
  await eventually(async () => assert.deepEqual((await shownOrder(page)).slice(0, 4), [before[3], before[0], before[1], before[2]]));
});

story("a model is dragged with a finger on a phone", { phone: true, dark: false }, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  const before = await shownOrder(page, 3);
  await handle(page, 3).scrollIntoViewIfNeeded();
  await touchDrag(page, handle(page, 3), handle(page, 1));
  await eventually(async () => assert.equal((await shownOrder(page, 3))[0], before[2]));
});

story("the keyboard alone moves a model, drops it, and puts it back", {}, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  const before = await shownOrder(page);
  await handle(page, 3).focus();
  await page.keyboard.press("Space");
  await visible(page.getByText(/lifted\. Arrow keys move it/));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await visible(page.getByText(/is now number 1 of/));
  await eventually(async () => assert.equal((await shownOrder(page))[0], before[2]));
  await page.keyboard.press("Escape");
  await eventually(async () => assert.deepEqual(await shownOrder(page), before));
  await gone(saveBar(page));

  await page.keyboard.press("Space");
  await page.keyboard.press("End");
  await visible(page.getByText(/is now number (\d+) of \1\./));
  await page.keyboard.press("Space");
  await page.keyboard.press("Control+s");
  await visible(page.getByText("Order saved."));
});

story("models are switched off and on as part of the draft", {}, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  const first = list(page).getByRole("listitem").first();
  const off = first.getByRole("switch");
  await off.click();
  await visible(first.getByText("Off"));
  await visible(saveBar(page).getByText("1 switched"));
  await page.getByRole("button", { name: "Save order" }).click();
  await visible(page.getByText("Order saved."));
  await page.reload();
  await visible(list(page).getByRole("listitem").first().getByText("Off"));
});

story("filters narrow the list by word, platform, tools, vision, context and key", {}, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  const counted = async () => Number(/^(\d+)/.exec((await page.getByText(/\d+ (of \d+ )?models$/).textContent()).replace(/\s/g, ""))?.[1]);
  const all = await counted();
  for (const name of ["Tools", "Vision", "Has a key"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await eventually(async () => assert.ok((await counted()) < all, name));
    await page.getByRole("button", { name, exact: true }).click();
  }
  await page.getByLabel("Context window").selectOption("1000000");
  await eventually(async () => assert.ok((await counted()) < all));
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByLabel("Platform").selectOption("groq");
  await eventually(async () => assert.ok((await counted()) < 20));
  await page.getByLabel("Find a model").fill("no such model at all");
  await visible(page.getByText("No model matches"));
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await eventually(async () => assert.equal(await counted(), all));
});

story("presets sort by intelligence, speed and budget, to be looked at before saving", {}, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  const before = await shownOrder(page, 8);
  for (const preset of ["Speed: fastest first", "Budget: most free tokens first"]) {
    await page.getByRole("button", { name: "Sort by…" }).click();
    await page.getByRole("menuitem", { name: preset }).click();
    await visible(saveBar(page));
    await eventually(async () => assert.notDeepEqual(await shownOrder(page, 8), before));
  }
  await page.getByRole("button", { name: "Discard" }).click();
  await eventually(async () => assert.deepEqual(await shownOrder(page, 8), before));
});

story("unsaved changes survive a reload and another page", {}, async ({ page }) => {
  await page.goto("/fallback");
  await visible(list(page));
  await handle(page, 5).press("Alt+ArrowUp");
  const changed = await shownOrder(page);
  await page.reload();
  await visible(saveBar(page));
  await eventually(async () => assert.deepEqual(await shownOrder(page), changed));
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Fallback" }).click();
  await visible(saveBar(page));
});

story("cooldown and penalty are seen on the row and cleared with a button", { tired: true }, async ({ page }) => {
  await page.goto("/fallback");
  await page.getByLabel("Platform").selectOption("groq");
  const row = list(page).getByRole("listitem").filter({ hasText: "Cooling down" });
  await visible(row);
  await visible(row.getByText(/, [1-9] back/));
  await row.getByRole("button", { name: /^Clear cooldown and penalty of/ }).click();
  await gone(list(page).getByText("Cooling down"));
});

story("two tabs agree: a saved order appears in the other tab by itself", {}, async ({ page, open, browserContext }) => {
  const other = (await open({ context: browserContext })).page;
  await page.goto("/fallback");
  await other.goto("/fallback");
  await visible(list(other));
  await visible(list(page));
  await handle(page, 3).press("Alt+Home");
  await page.getByRole("button", { name: "Save order" }).click();
  await visible(page.getByText("Order saved."));
  const wanted = await shownOrder(page);
  await eventually(async () => assert.deepEqual(await shownOrder(other), wanted));
  await gone(saveBar(other));
});

story("a change made elsewhere meanwhile is shown, and neither side is lost silently", { allow: /status of 412/ }, async ({ page, open, target }) => {
  const second = await open({ anonymous: true });
  await second.page.goto("/");
  await second.page.getByLabel("Password").fill(target.password);
  await second.page.getByRole("button", { name: "Log in" }).click();
  await second.page.getByRole("link", { name: "Fallback" }).click();
  await page.goto("/fallback");
  await visible(list(page));
  await handle(page, 3).press("Alt+Home");
  const mine = await shownOrder(page, 3);
  await visible(list(second.page));
  await handle(second.page, 5).press("Alt+Home");
  await second.page.getByRole("button", { name: "Save order" }).click();
  await visible(second.page.getByText("Order saved."));

  await visible(page.getByText("The order was changed elsewhere meanwhile."));
  await eventually(async () => assert.deepEqual(await shownOrder(page, 3), mine));
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await visible(page.getByText("Order saved."));
  await eventually(async () => assert.deepEqual(await shownOrder(second.page, 3), mine));
});
