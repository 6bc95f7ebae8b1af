import { assert, eventually, flashes, gone, story, visible } from "./story.mjs";
import { isMock } from "./target.mjs";

const ask = async (page, text) => {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
};

story("an answer streams in, names its route and timings, and explains itself", {}, async ({ page }) => {
  await page.goto("/playground");
  await flashes(page, /^Stop$/, () => ask(page, isMock ? "Explain a token bucket." : "Write two paragraphs about rivers."));
  await visible(page.getByText("why this one?"));
  await visible(page.getByText(/first token \d/));
  if (isMock) {
    await visible(page.getByRole("table"));
    await visible(page.getByRole("button", { name: "Copy the code" }));
  }
  await page.getByRole("link", { name: "why this one?" }).click();
  await visible(page.getByRole("heading", { name: "What happened to this request" }));
  await visible(page.getByText(/answered: .*first token after/));
});

story("an answer is stopped half-way and the conversation goes on", {}, async ({ page, target }) => {
  await target.simulator?.fault({ kind: "stall_mid_stream", after_events: 6, times: 1 });
  await page.goto("/playground");
  await ask(page, isMock ? "Explain a token bucket." : "Write a very long story.");
  await visible(page.getByRole("list", { name: "Conversation" }).getByText(isMock ? "token bucket" : /\w/).nth(1));
  await page.getByRole("button", { name: "Stop" }).click();
  await visible(page.getByText("Stopped."));
  await ask(page, "Say exactly done");
  await eventually(async () => assert.ok((await page.getByText("why this one?").count()) >= 1));
});

story("a picture is sent along and the conversation survives a change of page", {}, async ({ page }) => {
  await page.goto("/playground");
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await page.locator("input[type=file]").setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: png });
  await visible(page.getByAltText("To send, number 1"));
  await ask(page, "Say exactly a dot");
  await visible(page.getByAltText("Sent, number 1"));
  await visible(page.getByText("why this one?"));
  await page.getByRole("link", { name: "Keys" }).click();
  await page.getByRole("link", { name: "Playground" }).click();
  await visible(page.getByAltText("Sent, number 1"));
});

story("a tool call is shown, answered, and the model goes on", {}, async ({ page }) => {
  await page.goto("/playground");
  await page.getByRole("button", { name: "Options" }).click();
  await page.getByLabel("Offer tools").check();
  await page.getByRole("button", { name: "Done" }).click();
  await ask(page, "What is the weather in Oslo?");
  await visible(page.getByText("get_weather"));
  await page.getByLabel("Result of get_weather").fill('{"celsius": 4}');
  await page.getByRole("button", { name: "Return it" }).click();
  await visible(page.getByText("Result of the tool:"));
});

story("a refusal says what happened and gives the question back", { allow: /status of 404/ }, async ({ page }) => {
  await page.goto("/playground");
  await page.evaluate(() => localStorage.setItem("freellmapi.playground", JSON.stringify({ model: "no-such-model", system: "", stream: true, offerTools: false, tools: "[]" })));
  await page.reload();
  await ask(page, "Are you there?");
  await visible(page.getByRole("alert"));
  await page.getByRole("button", { name: "Edit and send again" }).click();
  assert.equal(await page.getByLabel("Message").inputValue(), "Are you there?");
});

story("one prompt goes to several models side by side", {}, async ({ page }) => {
  await page.goto("/compare");
  await page.getByLabel("Model of column 2").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Another model" }).click();
  await page.getByLabel("Model of column 3").selectOption({ index: 2 });
  await page.getByLabel("Prompt").fill("Say exactly hello");
  await page.getByRole("button", { name: "Ask all" }).click();
  await eventually(async () => assert.equal(await page.getByText("why this one?").count(), 3));
  await page.getByRole("button", { name: "Remove column 3" }).click();
  await gone(page.getByLabel("Model of column 3"));
});

story("Ctrl with Enter asks all models, Enter alone starts a new line", {}, async ({ page }) => {
  await page.goto("/compare");
  await page.getByLabel("Model of column 2").selectOption({ index: 1 });
  const prompt = page.getByLabel("Prompt");
  await prompt.fill("Say exactly hello");
  await prompt.press("Enter");
  await prompt.press("Control+Enter");
  await eventually(async () => assert.equal(await page.getByText("why this one?").count(), 2));
  assert.equal(await prompt.inputValue(), "Say exactly hello\n");
});
