import { assert, eventually, settled, story, visible } from "./story.mjs";

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
  await visible(dialog.getByText(/^3\. .*answered: .*first token after/));
  assert.equal(await dialog.getByRole("list", { name: "Attempts in time" }).getByRole("listitem").count(), 3);
  assert.equal(await dialog.getByText("Tried and failed").count(), 2);
  await page.keyboard.press("Escape");
  await visible(list(page).getByText("2 failovers"));
});

story("a request that was refused at the door says what the client was told, in the list and on its own page", { real: true }, async ({ page, target }) => {
  const answer = await target.daemon.chat({ model: "no-such-model" });
  assert.equal(answer.status, 404);
  await page.goto("/requests");
  await page.getByLabel("Outcome").selectOption("rejected");
  const line = list(page).getByRole("listitem").filter({ hasText: "no-such-model" });
  await visible(line.getByText("Rejected 404"));
  await line.getByRole("link").click();

  const dialog = page.getByRole("dialog");
  await visible(dialog.getByText(/a client asked for no-such-model/));
  await visible(dialog.getByText("No model in the catalog goes by that name."));
  await visible(dialog.getByText(/No model was tried\. The client was told: .*status 404/));
  assert.equal(await dialog.getByText("Could have served").count(), 0);
  assert.equal(await dialog.getByRole("list", { name: "Attempts in time" }).count(), 0);
  await page.goto(`/requests/${answer.headers.get("x-request-id")}`);
  await visible(page.getByRole("dialog").getByText(/No model was tried/));
});

story("on a phone the attempts stand below each other, each bar within its row and wide enough to be seen", { phone: true, dark: false }, async ({ page, target }) => {
  await target.failNext(2);
  await page.goto("/playground");
  await page.getByLabel("Message").fill("Say exactly hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("link", { name: "why this one?" }).click();
  const rows = page.getByRole("list", { name: "Attempts in time" }).getByRole("listitem");
  await visible(rows);
  await settled(page);
  assert.equal(await rows.count(), 3);
  const boxes = await rows.evaluateAll((all) => all.map((row) => {
    const track = row.querySelector("[aria-hidden]");
    const [outer, bar, words] = [track, track.firstElementChild, row.firstElementChild].map((node) => node.getBoundingClientRect());
    return { fits: bar.left >= outer.left - 0.5 && bar.right <= outer.right + 0.5 && outer.right <= document.documentElement.clientWidth && words.right <= document.documentElement.clientWidth, width: bar.width, top: outer.top, start: bar.left - outer.left };
  }));
  for (const [place, box] of boxes.entries()) {
    assert.ok(box.fits && box.width >= 4, `attempt ${place + 1}: ${JSON.stringify(box)}`);
    assert.ok(place === 0 || (box.top > boxes[place - 1].top && box.start >= boxes[place - 1].start), "one below and after the other");
  }
  const [content, width] = await page.getByRole("dialog").evaluate((node) => [node.scrollWidth, node.clientWidth]);
  assert.ok(content <= width, `the dialog is ${content} wide in ${width}`);
});
