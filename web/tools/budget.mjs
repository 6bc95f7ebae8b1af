// Asserts the first-load budget: what index.html names (and what that imports), plus the fonts the
// stylesheet needs at once, compressed as the daemon serves it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const kBudget = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
const first = new Set(["index.html"]);
for (const [, path] of page.matchAll(/(?:src|href)="\/([^"]+)"/g)) first.add(path);
for (const script of [...first].filter((path) => path.endsWith(".js"))) {
  const text = readFileSync(new URL(script, dist), "utf8");
  for (const [, path] of text.matchAll(/from\s*["']\.\/([^"']+\.js)["']/g)) first.add(`assets/${path}`);
}
for (const name of readdirSync(new URL("assets/", dist))) {
  if (/latin-wght-normal.*\.woff2$/.test(name)) first.add(`assets/${name}`);
}
let gzip = 0;
let brotli = 0;
for (const path of first) {
  const file = new URL(path, dist);
  if (!existsSync(file)) continue;
  const bytes = readFileSync(file);
  const packed = path.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length;
  gzip += packed;
  brotli += path.endsWith(".woff2") ? bytes.length : brotliCompressSync(bytes).length;
  console.log(`${String(packed).padStart(8)}  ${path}`);
}
console.log(`first load: ${(gzip / 1024).toFixed(1)} kB gzip, ${(brotli / 1024).toFixed(1)} kB brotli; budget ${kBudget / 1024} kB`);
if (gzip > kBudget) process.exit(1);
