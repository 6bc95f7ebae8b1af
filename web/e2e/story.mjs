// A story: one user, one browser, one fresh target; it fails on any console error or warning.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, logIn, openPage } from "./browser.mjs";
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
  test(name, { timeout: 120_000, skip: isMock && options.real ? "needs the daemon" : false }, async () => {
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
      await tell({ page, target, open, browserContext });
      const complaints = opened.flatMap((one) => one.complaints).filter((line) => !options.allow?.test(line));
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

export const visible = (locator, timeout = 15_000) => locator.first().waitFor({ state: "visible", timeout });
export const gone = (locator, timeout = 15_000) => locator.first().waitFor({ state: "hidden", timeout });

/** Polls until `check` stops throwing. */
export async function eventually(check, within_ms = 10_000) {
  const end = Date.now() + within_ms;
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

export { assert };
