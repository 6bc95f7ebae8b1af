// Holds answers against docs/openapi.json: the mock's in the unit tests, the daemon's in every story.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export const description = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(description, "api");

const kEvents = { hello: "HelloEvent", request: "RequestEvent", key: "KeyEvent", quota: "QuotaEvent", fallback: "FallbackEvent", settings: "SettingsEvent" };
const templates = Object.keys(description.paths).map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`) })).sort((a, b) => Number(a.path.includes("{")) - Number(b.path.includes("{")));

function against(ref, value) {
  if (ajv.validate({ $ref: `api#/${ref}` }, value)) return null;
  return ajv.errors.slice(0, 4).map((error) => `${error.instancePath || "/"} ${error.message}`).join("; ");
}

/** What is wrong with an answer, in words; null when it is as described. */
export function complaintAbout(method, path, status, value) {
  const template = templates.find(({ pattern }) => pattern.test(path))?.path;
  const operation = template && description.paths[template][method.toLowerCase()];
  if (!operation) return `${method} ${path} is not described`;
  const response = operation.responses[status];
  if (!response) return `${method} ${template}: status ${status} is not described`;
  if (response.$ref) {
    const wrong = against("components/schemas/Error", value);
    return wrong && `${method} ${template} ${status}: ${wrong}`;
  }
  if (!response.content?.["application/json"]) return null;
  const pointer = ["paths", template, method.toLowerCase(), "responses", String(status), "content", "application/json", "schema"].map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
  const wrong = against(pointer, value);
  return wrong && `${method} ${template} ${status}: ${wrong}`;
}

export function complaintAboutEvent(type, value) {
  if (!kEvents[type]) return type === "resync" ? null : `event ${type} is not described`;
  if (!description.components.schemas[kEvents[type]]) return null;
  const wrong = against(`components/schemas/${kEvents[type]}`, value);
  return wrong && `event ${type}: ${wrong}`;
}
