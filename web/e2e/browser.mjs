// A real Chromium with its own profile and no background chatter.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { complaintAbout } from "./contract.mjs";

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

/** A page whose every console error, warning, uncaught exception and undescribed answer is collected. */
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
  context.setDefaultTimeout(15_000);
  if (cookie && !anonymous && !given) await context.addCookies([{ url: baseURL, name: cookie.split("=")[0], value: cookie.split("=")[1], httpOnly: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on("response", (response) => void judge(response).then((wrong) => wrong && !complaints.includes(wrong) && complaints.push(wrong)));
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  return { context, page, complaints };
}

export async function logIn(page, password) {
  await page.goto("/");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}
