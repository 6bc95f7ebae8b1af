// A real Chromium with its own profile and no background chatter.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { complaintAbout } from "./contract.mjs";

/** How long anything may take that must happen: a bound for a busy machine, never a wait. */
export const kPatience_ms = 30_000;

const kPlaces = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch() {
  const executablePath = kPlaces.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium found: apt-get install chromium, or set CHROMIUM");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  });
}

/** What is wrong with an answer of the admin API; one that went with its page is not looked at. */
async function judge(response) {
  const { pathname } = new URL(response.url());
  if (!pathname.startsWith("/api/") || !response.headers()["content-type"]?.startsWith("application/json") || pathname === "/api/openapi.json") return null;
  const value = await response.json().catch(() => undefined);
  return value === undefined ? null : complaintAbout(response.request().method(), pathname, response.status(), value);
}

/** What the page has asked for and not got yet; the feed, which never ends, is not counted. */
function followRequests(page) {
  const pending = new Set();
  page.on("request", (request) => request.resourceType() !== "eventsource" && pending.add(request));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => pending.delete(request));
  page.on("framenavigated", (frame) => frame === page.mainFrame() && pending.clear());
  return pending;
}

const pendingOf = new WeakMap();

/** Whether everything is there: data, fonts, pictures of things to come gone, and nothing on the move but what moves for ever. */
const isStill = () => document.fonts.status === "loaded" && !document.querySelector("[aria-label='Loading'], .skeleton")
  && document.getAnimations().every((one) => one.playState !== "running" || one.effect?.getTiming().iterations === Infinity);

/** Resolves when the page has come to rest: twice in a row, a drawn frame apart, nothing is on its way or moving. */
export async function settled(page) {
  const end = Date.now() + kPatience_ms;
  for (let calm = 0; calm < 2;) {
    const still = pendingOf.get(page).size === 0 && (await page.evaluate(isStill));
    calm = still ? calm + 1 : 0;
    if (Date.now() > end) throw new Error(`the page does not come to rest: ${[...pendingOf.get(page)].map((one) => one.url()).join(" ") || "something moves or loads"}`);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30))));
  }
}

/** A page whose every console error, warning, uncaught exception and undescribed answer is collected by `complaints()`. */
export async function openPage(browser, { baseURL, dark = true, phone = false, touch = false, anonymous = false, cookie = null, context: given } = {}) {
  const context = given ?? (await browser.newContext({
    baseURL,
    colorScheme: dark ? "dark" : "light",
    viewport: phone ? { width: 390, height: 844 } : { width: 1360, height: 900 },
    deviceScaleFactor: phone ? 2 : 1,
    hasTouch: phone || touch,
    isMobile: phone,
    locale: "en-GB",
    permissions: ["clipboard-read", "clipboard-write"],
  }));
  context.setDefaultTimeout(kPatience_ms);
  if (cookie && !anonymous && !given) await context.addCookies([{ url: baseURL, name: cookie.split("=")[0], value: cookie.split("=")[1], httpOnly: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  pendingOf.set(page, followRequests(page));
  const heard = [];
  const judged = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") heard.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on("response", (response) => judged.push(judge(response)));
  page.on("pageerror", (error) => heard.push(`exception: ${error.message}`));
  const complaints = async () => [...new Set([...heard, ...(await Promise.all(judged)).filter(Boolean)])];
  return { context, page, complaints };
}

export async function logIn(page, password) {
  await page.goto("/");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}
