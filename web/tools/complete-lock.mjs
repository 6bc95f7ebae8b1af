// Adds to package-lock.json the optional platform packages that a registry mirror without them left out, so
// that `npm ci` finds lock and manifest in step everywhere. Run it after changing dependencies.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const kSystems = { android: "android", darwin: "darwin", freebsd: "freebsd", linux: "linux", win32: "win32", openharmony: "openharmony" };
let added = 0;
for (const [owner, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    const nested = `${owner}/${at}`;
    if (lock.packages[at] || lock.packages[nested] || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const parts = name.split(/[-/]/);
    const os = parts.map((part) => kSystems[part]).find(Boolean);
    const cpu = parts.find((part) => /^(x64|arm64|arm|ia32|wasm32|riscv64|s390x|ppc64)$/.test(part));
    if (!os && !cpu) continue;
    lock.packages[at] = { version, ...(entry.dev && { dev: true }), license: entry.license, optional: true, ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }) };
    added++;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, "en"))]);
for (const entry of Object.values(lock.packages)) delete entry.resolved;
writeFileSync(file, JSON.stringify(lock, null, 2) + "\n");
console.log(`${added} optional packages added`);
