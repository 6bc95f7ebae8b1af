// Runs the stories; arguments choose files by name: `node e2e/run.mjs keys fallback`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const folder = new URL(".", import.meta.url).pathname;
const chosen = process.argv.slice(2);
const files = readdirSync(folder).filter((name) => name.endsWith(".test.mjs") && (chosen.length === 0 || chosen.some((part) => name.includes(part)))).map((name) => folder + name);
if (files.length === 0) {
  console.error("no story has that name");
  process.exit(1);
}
const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=1", ...files], { stdio: "inherit" });
process.exit(status ?? 1);
