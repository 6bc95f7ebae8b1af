import { assert, eventually, story, visible } from "./story.mjs";

const list = (page) => page.getByRole("list", { name: "Requests" });

story("requests are filtered by platform and outcome, and the filter is in the address", {}, async ({ page }) => {
  await page.goto("/requests");
  await visible(list(page).getByRole("listitem"));
  await page.getByLabel("Outcome").selectOption("succeeded");
  await page.getByLabel("Platform").selectOption("groq");
  await eventually(async () => assert.match(page.url(), /outcome=succeeded.*|platform=groq/));
  await eventually(async () => {
    const texts = await list(page).getByRole("listitem").allTextContents();
    assert.ok(texts.length > 0 && texts.every((text) => /Groq/.test(text) && /Answered/.test(text)));
  });
  await page.reload();
  await eventually(async () => assert.equal(await page.getByLabel("Platform").inputValue(), "groq"));
});

story("a failover is told as a story with a timeline of its attempts", { }, async ({ page, target }) => {
  await target.failNext(2);
  await page.goto("/playground");
  await page.getByLabel("Message").fill("Say exactly hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("link", { name: "why this one?" }).click();

  const dialog = page.getByRole("dialog");
  await visible(dialog.getByText(/a client asked for any model \(auto\), streamed/));
  await visible(dialog.getByText(/routes were considered/));
  await visible(dialog.getByText(/^1\. .*rate limited \(429\)/));
  await visible(dialog.getByText(/^3\. .*answered: first token after/));
  assert.equal(await dialog.getByRole("list", { name: "Attempts in time" }).getByRole("listitem").count(), 3);
  await visible(dialog.getByText("Tried and failed"));
  await page.keyboard.press("Escape");
  await visible(list(page).getByText("2 failovers"));
});
