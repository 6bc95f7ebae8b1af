// Dragging as a mouse and a finger do it.
export const handle = (page, place) => page.getByRole("button", { name: new RegExp(`^Move .*, number ${place}$`) });

/** Drags one handle to where another is. */
export async function drag(page, from, to) {
  const a = await from.boundingBox();
  const b = await to.boundingBox();
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(a.x + a.width / 2, a.y - 20, { steps: 4 });
  await page.mouse.move(b.x + b.width / 2, b.y + 8, { steps: 12 });
  await page.waitForTimeout(120);
  await page.mouse.up();
}

export async function touchDrag(page, from, to) {
  const a = await from.boundingBox();
  const b = await to.boundingBox();
  const client = await page.context().newCDPSession(page);
  const touch = (type, x, y) => client.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const x = a.x + a.width / 2;
  await touch("touchStart", x, a.y + a.height / 2);
  await page.waitForTimeout(260);
  for (let step = 1; step <= 14; ++step) {
    await touch("touchMove", x, a.y + a.height / 2 + ((b.y + 10 - a.y - a.height / 2) * step) / 14);
    await page.waitForTimeout(16);
  }
  await page.waitForTimeout(150);
  await touch("touchEnd");
}
