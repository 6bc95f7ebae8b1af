// Fails when src/api/schema.d.ts is not what docs/openapi.json generates.
import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../docs/openapi.json", import.meta.url);
const stored = readFileSync(new URL("../src/api/schema.d.ts", import.meta.url), "utf8");
const fresh = astToString(await openapiTS(source));
const body = (text) => text.slice(text.indexOf("export interface paths")).trim();
if (body(stored) !== body(fresh)) {
  console.error("src/api/schema.d.ts is out of step with docs/openapi.json: run `npm run types`");
  process.exit(1);
}
console.log("types match docs/openapi.json");
