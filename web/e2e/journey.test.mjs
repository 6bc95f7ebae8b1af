import { drag } from "./hands.mjs";
import { assert, eventually, shownOrder, story, visible } from "./story.mjs";

story("add a key, see it validated, drag a model up, chat, see it explained, watch a failover live", { }, async ({ page, open, browserContext, target }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Keys" }).click();
  await page.getByRole("button", { name: /^Add a key for Groq/ }).click();
  await page.getByLabel("API key").fill(target.secret());
  await page.getByLabel("Label (optional)").fill("journey");
  await page.getByRole("button", { name: "Add key" }).click();
  await visible(page.getByRole("listitem").filter({ hasText: "journey" }).getByText("Valid"));

  await page.getByRole("link", { name: "Fallback" }).click();
  await visible(page.getByRole("list", { name: "Fallback order" }));
  await page.getByRole("button", { name: "Has a key", exact: true }).click();
  const wanted = (await shownOrder(page))[1];
  const handles = page.getByRole("button", { name: /^Move / });
  await drag(page, handles.nth(1), handles.first());
  await visible(page.getByText("1 model moved."));
  await page.getByRole("button", { name: "Save order" }).click();
  await visible(page.getByText("Order saved."));
  assert.equal((await shownOrder(page))[0], wanted);

  await page.getByRole("link", { name: "Playground" }).click();
  await page.getByLabel("Message").fill("Say exactly hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("link", { name: "why this one?" }).click();
  await visible(page.getByText(/answered: .*first token after/));

  const watcher = (await open({ context: browserContext })).page;
  await watcher.goto("/");
  await visible(watcher.getByText(wanted));
  await target.failNext(1);
  await page.goto("/playground");
  await page.getByLabel("Message").fill("Say exactly hello again");
  await page.getByRole("button", { name: "Send" }).click();
  await visible(watcher.getByText("after 1 failover").filter({ visible: true }));
  await eventually(async () => assert.ok((await watcher.getByRole("button", { name: /^End the cooldown of/ }).count()) >= 1));
});
