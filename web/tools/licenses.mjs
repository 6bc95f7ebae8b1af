// Writes dist/third-party.json: the licences of what is inside the bundle, for the daemon's GET /api/licenses.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

/** Everything in the lock file that is not there for building or testing alone. */
const bundled = Object.entries(JSON.parse(read("package-lock.json")).packages)
  .filter(([path, entry]) => path !== "" && !entry.dev && !entry.devOptional && !entry.optional && !entry.link);

function textOf(path) {
  const folder = new URL(`${path}/`, root);
  const name = existsSync(folder) && readdirSync(folder).find((file) => /^licen[cs]e(\.(md|txt))?$|^copying$/i.test(file));
  return name ? readFileSync(new URL(name, folder), "utf8") : null;
}

const rows = bundled.map(([path, { version, license }]) => {
  const { homepage } = JSON.parse(read(`${path}/package.json`));
  return { name: path.slice(path.lastIndexOf("node_modules/") + 13), version, license: license ?? "unknown", homepage: homepage ?? null, text: textOf(path) };
});
const unique = [...new Map(rows.map((row) => [`${row.name}@${row.version}`, row])).values()];
writeFileSync(new URL("dist/third-party.json", root), JSON.stringify(unique.sort((a, b) => a.name.localeCompare(b.name, "en"))));
console.log(`licences of ${unique.length} packages in dist/third-party.json`);
