// One daemon on a data directory of its own, and what a script does with its admin API.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { daemonBinary, firstLine, platforms, stop } from "../../../tests/sdk/harness.mjs";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));

/** Every platform at the simulator; nothing else is said, so that nothing else is locked in the dashboard. */
function configuration(simulator) {
  return Object.entries(platforms).map(([slug, { path }]) => `[platforms.${slug}]\nbase_url = ${JSON.stringify(simulator.url + path)}\n`).join("\n");
}

/** A directory for a daemon: configuration and data. `like`: one to copy. */
export function makeHome(simulator, { like, catalog } = {}) {
  const home = mkdtempSync(join(tmpdir(), "freellmapi-e2e-"));
  if (like) cpSync(like, home, { recursive: true });
  mkdirSync(join(home, "data"), { recursive: true });
  writeFileSync(join(home, "freellmapi.toml"), configuration(simulator));
  if (catalog) writeFileSync(join(home, "data/catalog.json"), JSON.stringify(catalog));
  return home;
}

export const removeHome = (home) => rmSync(home, { recursive: true, force: true });

export class Daemon {
  constructor(home) {
    Object.assign(this, { home, url: "", cookie: "", csrf: "" });
  }

  /** On any free port, or the one it had before. */
  async start() {
    if (!daemonBinary) throw new Error("build the daemon first: scripts/test release");
    const port = this.url ? new URL(this.url).port : "0";
    const child = spawn(daemonBinary, ["--config", join(this.home, "freellmapi.toml"), "--data-dir", join(this.home, "data"), "--port", port], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, HOME: this.home },
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    this.child = child;
    this.url = await firstLine(child, (line) => line.match(/Server running on (http:\S+)/)?.[1], "the daemon");
    return this;
  }

  /** A call of the admin API with this object's session. */
  async api(method, path, body, headers = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: { "content-type": "application/json", cookie: this.cookie, "x-csrf-token": this.csrf, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const session = response.headers.get("set-cookie")?.match(/freellmapi_session=[0-9a-f]+/)?.[0];
    const json = text && response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
    if (session) [this.cookie, this.csrf] = [session, json.csrf_token];
    return json;
  }

  setUp(password) { return this.api("POST", "/api/auth/setup", { password }); }

  /** Goes on with the session of a daemon whose data directory this one is a copy of. */
  async resume(cookie) {
    this.cookie = cookie;
    this.csrf = (await this.api("GET", "/api/auth/status")).csrf_token;
  }

  async chat(body) {
    this.key ??= (await this.api("POST", "/api/api-key/reveal")).key;
    const response = await fetch(`${this.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.key}` },
      body: JSON.stringify({ model: "auto", messages: [{ role: "user", content: "Say hello" }], ...body }),
    });
    await response.text();
    return response;
  }

  async stop() {
    const code = await stop(this.child);
    if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${this.child.log.slice(-20).join("\n")}`);
  }
}
