// A story: one user, one browser, one fresh target; it fails on any console error or warning.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { kPatience_ms, launch, logIn, openPage } from "./browser.mjs";
import { endTargets, isMock, startTarget } from "./target.mjs";

let browser;
before(async () => (browser = await launch()));
after(async () => {
  await browser?.close();
  await endTargets();
});

/**
 * options: fresh, big, tired, pace, real (not with the mock), settings (to patch; of the target); dark, phone, touch (of the browser); anonymous (not logged in);
 * allow: pattern of console complaints that the story provokes on purpose, such as a refused log-in.
 */
export function story(name, options, tell) {
  test(name, { timeout: 300_000, skip: isMock && options.real ? "needs the daemon" : false }, async () => {
    const target = await startTarget(options);
    const opened = [];
    const open = async (more = {}) => {
      const one = await openPage(browser, { baseURL: target.url, cookie: target.cookie, ...options, ...more });
      opened.push(one);
      return one;
    };
    try {
      const { page, context: browserContext } = await open();
      if (!options.anonymous && !target.cookie) await logIn(page, target.password);
      await tell({ page, target, open, browserContext, browser });
      const complaints = (await Promise.all(opened.map((one) => one.complaints()))).flat().filter((line) => !options.allow?.test(line));
      assert.deepEqual(complaints, [], "the console must stay silent");
    } catch (error) {
      if (process.env.E2E_PICTURES && opened[0]) await opened[0].page.screenshot({ path: `${process.env.E2E_PICTURES}/${name.replace(/\W+/g, "-")}.png` }).catch(() => undefined);
      throw error;
    } finally {
      for (const one of opened) await one.context.close().catch(() => undefined);
      await target.close();
    }
  });
}

export const visible = (locator) => locator.first().waitFor({ state: "visible" });
export const gone = (locator) => locator.first().waitFor({ state: "hidden" });

/** What is shown for a moment only, at or after `act`: watched from inside the page, which misses nothing. `name`: pattern of a button's name or a paragraph's text. */
export async function flashes(page, name, act) {
  const seen = page.evaluate(({ source }) => new Promise((resolve) => {
    const wanted = new RegExp(source);
    const isThere = () => [...document.querySelectorAll("button, p")].some((one) => wanted.test(one.getAttribute("aria-label") ?? one.textContent.trim()));
    const watch = new MutationObserver(() => isThere() && (watch.disconnect(), resolve()));
    watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  }), { source: name.source });
  seen.catch(() => undefined); // the page may go before it has seen anything
  await act();
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${name} was not shown`)), kPatience_ms)));
  await Promise.race([seen, late]).finally(() => clearTimeout(timer));
}

/** The answer of the admin API to what `act` asks for. */
export async function answered(page, method, pattern, act) {
  const [response] = await Promise.all([page.waitForResponse((one) => one.request().method() === method && pattern.test(new URL(one.url()).pathname)), act()]);
  return response;
}

/** Polls until `check` stops throwing. */
export async function eventually(check) {
  const end = Date.now() + kPatience_ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Names in the fallback list from the top, as the page shows them. */
export const shownOrder = (page, count = 5) => page.locator("[aria-label='Fallback order'] [role=listitem]").evaluateAll((rows, wanted) => rows.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).slice(0, wanted).map((row) => row.querySelector("p").textContent), count);

export { settled } from "./browser.mjs";
export { assert };
