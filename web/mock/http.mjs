export class Refusal extends Error {
  constructor(status, code, message, param = null, extra = {}) {
    super(message);
    Object.assign(this, { status, code, param, extra });
  }
}

/** Ends the handler with an error of the one shape. */
export function refuse(status, code, message, param, extra) {
  throw new Refusal(status, code, message, param, extra);
}

const kTypes = { 400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error", 409: "conflict_error", 412: "conflict_error", 429: "rate_limit_error" };

export function sendError(response, { status, code, message, param = null, extra = {} }) {
  response.writeHead(status, { "content-type": "application/json", ...(extra.retry_at && { "retry-after": "30" }) });
  response.end(JSON.stringify({ error: { message, type: kTypes[status] ?? "server_error", param, code, ...extra } }));
}

export async function readJson(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString("utf8");
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return refuse(400, "invalid_json", "The body is not JSON.");
  }
}
