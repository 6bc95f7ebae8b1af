// Runs the stories in one browser; arguments choose files by name: `node e2e/run.mjs keys fallback`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const folder = new URL(".", import.meta.url).pathname;
const options = process.argv.slice(2).filter((word) => word.startsWith("--"));
const parts = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const chosen = readdirSync(folder).filter((name) => name.endsWith(".test.mjs") && (parts.length === 0 || parts.some((part) => name.includes(part))));
if (chosen.length === 0) {
  console.error("no story has that name");
  process.exit(1);
}
const { status } = spawnSync(process.execPath, [...options, `${folder}all.mjs`], { stdio: "inherit", env: { ...process.env, E2E_FILES: chosen.join(" ") } });
process.exit(status ?? 1);
