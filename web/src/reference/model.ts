// The parts of an OpenAPI 3.1 document that the page shows.
export type Schema = {
  $ref?: string; type?: string | string[]; description?: string; properties?: Record<string, Schema>; required?: string[]; items?: Schema; enum?: unknown[];
  anyOf?: Schema[]; oneOf?: Schema[]; format?: string; const?: unknown; default?: unknown; additionalProperties?: boolean | Schema;
};
export type Media = Record<string, { schema: Schema }>;
export type Operation = {
  operationId: string; summary: string; description?: string; tags: string[]; security?: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Media }; responses: Record<string, { $ref?: string; description?: string; content?: Media }>;
};
export type Description = {
  info: { title: string; version: string; description: string }; tags: { name: string }[]; paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, { description?: string; content?: Media }> };
};
export type Listed = { method: string; path: string; operation: Operation };

export function byTag(doc: Description): { tag: string; operations: Listed[] }[] {
  const all = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method, path, operation })));
  return doc.tags.map(({ name }) => ({ tag: name, operations: all.filter(({ operation }) => operation.tags.includes(name)) })).filter((group) => group.operations.length > 0);
}

export const refName = (schema: Schema): string | null => schema.$ref?.split("/").at(-1) ?? null;

/** `string`, `Key[]`, `integer or null`, `"a" | "b"`: a type in one line. */
export function typeName(schema: Schema): string {
  const name = refName(schema);
  if (name) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map(typeName).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"];
  return types.map((type) => (type === "array" ? `${wrap(typeName(schema.items ?? {}))}[]` : type === "string" && schema.format ? schema.format : type)).join(" or ");
}

const wrap = (name: string): string => (/[ |]/.test(name) ? `(${name})` : name);

export function authOf(operation: Operation): string {
  const kinds = (operation.security ?? []).map((one) => Object.keys(one));
  if (kinds.length === 0) return "public";
  const has = (name: string) => kinds.some((names) => names.includes(name));
  const words = [has("clientKey") && "unified key", has("csrf") ? "session and CSRF token" : has("session") && "session", has("adminToken") && "admin token"].filter(Boolean);
  return words.join(" or ");
}
