// A real Chromium with its own profile and no background chatter.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const kPlaces = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch() {
  const executablePath = kPlaces.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium found: apt-get install chromium, or set CHROMIUM");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  });
}

/** A page whose every console error, warning and uncaught exception is collected. */
export async function openPage(browser, { baseURL, dark = true, phone = false, touch = false, context: given } = {}) {
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
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  return { context, page, complaints };
}

export async function logIn(page, password) {
  await page.goto("/");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}
