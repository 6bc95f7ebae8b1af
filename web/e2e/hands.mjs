// Dragging as a mouse and a finger do it. What the page says of the drag is waited for, not a while.
export const handle = (page, place) => page.getByRole("button", { name: new RegExp(`^Move .*, number ${place}$`) });

const said = (page, words) => page.getByText(words).waitFor({ state: "attached" });
const placeOf = async (locator) => /number (\d+)$/.exec(await locator.getAttribute("aria-label"))[1];

/** Drags one handle to where another is. */
export async function drag(page, from, to) {
  const place = await placeOf(to);
  const a = await from.boundingBox();
  const b = await to.boundingBox();
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(a.x + a.width / 2, a.y - 20, { steps: 4 });
  await page.mouse.move(b.x + b.width / 2, b.y + 8, { steps: 12 });
  await said(page, ` goes to number ${place}.`);
  await page.mouse.up();
}

export async function touchDrag(page, from, to) {
  const place = await placeOf(to);
  const a = await from.boundingBox();
  const b = await to.boundingBox();
  const client = await page.context().newCDPSession(page);
  const touch = (type, x, y) => client.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const x = a.x + a.width / 2;
  await touch("touchStart", x, a.y + a.height / 2);
  await said(page, / (lifted|goes to number \d+)\.$/);
  for (let step = 1; step <= 14; ++step) await touch("touchMove", x, a.y + a.height / 2 + ((b.y + 10 - a.y - a.height / 2) * step) / 14);
  await said(page, ` goes to number ${place}.`);
  await touch("touchEnd");
}
