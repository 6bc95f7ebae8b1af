// The built dashboard as the daemon serves it: strict policy, hashed assets for ever, the page never stored.
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";

const dist = new URL("../dist/", import.meta.url);
const kTypes = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
export const kPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

export function sendFile(path, response) {
  const wanted = path === "/api/docs" ? "api-docs.html" : extname(path) ? path.slice(1) : "index.html";
  const file = new URL(wanted, dist);
  if (!file.href.startsWith(dist.href) || !existsSync(file)) return response.writeHead(404, { "content-type": "text/plain" }).end("not found");
  response.writeHead(200, {
    "content-type": kTypes[extname(wanted)] ?? "application/octet-stream",
    "cache-control": wanted.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": kPolicy, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
  });
  return response.end(readFileSync(file));
}
