// The one way to talk to the daemon: paths, bodies and answers are typed by docs/openapi.json.
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Op<P extends keyof paths, M extends Method> = paths[P][M];
type Json<T> = T extends { content: { "application/json": infer B } } ? B : T extends { content: { "text/plain": infer B } } ? B : undefined;
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : R extends { 202: infer A } ? Json<A> : undefined
  : never;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : undefined;
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined;
type Input<O> = { path?: Record<string, string | number>; query?: Query<O>; headers?: Record<string, string>; signal?: AbortSignal } & (Body<O> extends undefined ? { body?: undefined } : { body: Body<O> });

/** What the daemon (or the way to it) said no with. `message` is fit to be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly param: string | null = null,
    readonly retryAt: string | null = null,
  ) {
    super(message);
  }
}

let csrfToken: string | null = null;
/** Finds out about the session; true when there is one. */
let onSignedOut: () => Promise<boolean> = () => Promise.resolve(false);
/** Requests that found the session over; they go on when there is another. */
let held: { stale: string | null; goOn: () => void }[] = [];

export function setCsrfToken(token: string | null): void {
  csrfToken = token;
  if (token === null) return;
  const ready = held.filter((request) => request.stale !== token);
  held = held.filter((request) => request.stale === token);
  ready.forEach((request) => request.goOn());
}

/** Called when a request finds that the session is over, or is another one than this page knew. */
export function whenSignedOut(listener: () => Promise<boolean>): void {
  onSignedOut = listener;
}

function untilSignedIn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    held.push({ stale: csrfToken, goOn: resolve });
    signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    void onSignedOut().then((isIn) => isIn && resolve());
  });
}

const kSessionOver = new Set(["not_authenticated", "csrf_failed"]);

/** Waits for another log-in when the session is over: what was asked for by then is done after it. */
export async function call<P extends keyof paths & string, M extends Method>(method: M, path: P, input?: Input<Op<P, M>>): Promise<Answer<Op<P, M>>> {
  for (let turn = 0; ; ++turn) {
    try {
      return await send(method, path, input);
    } catch (error) {
      const canWait = error instanceof ApiError && kSessionOver.has(error.code) && turn < 2 && !path.startsWith("/api/auth/log") && path !== "/api/auth/status";
      if (!canWait) throw error;
      await untilSignedIn(input?.signal);
    }
  }
}

async function send<P extends keyof paths & string, M extends Method>(method: M, path: P, input?: Input<Op<P, M>>): Promise<Answer<Op<P, M>>> {
  const url = fill(path, input?.path) + queryString(input?.query as Record<string, unknown> | undefined);
  const headers: Record<string, string> = { accept: "application/json", ...input?.headers };
  if (method !== "get" && csrfToken) headers["x-csrf-token"] = csrfToken;
  if (input?.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(url, {
      method: method.toUpperCase(),
      headers,
      body: input?.body === undefined ? undefined : JSON.stringify(input.body),
      signal: input?.signal,
      credentials: "same-origin",
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "unreachable", "The daemon cannot be reached. Is it still running?");
  }
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return undefined as Answer<Op<P, M>>;
  const isJson = response.headers.get("content-type")?.includes("json");
  return (isJson ? await response.json() : await response.text()) as Answer<Op<P, M>>;
}

export async function refusal(response: Response): Promise<ApiError> {
  let error: { code?: string; message?: string; param?: string | null; retry_at?: string } = {};
  try {
    error = ((await response.json()) as { error?: typeof error }).error ?? {};
  } catch {
    // Not ours: a proxy in between, perhaps. The status still says something.
  }
  return new ApiError(response.status, error.code ?? "unknown", error.message ?? `The daemon answered with status ${response.status}.`, error.param ?? null, error.retry_at ?? null);
}

function fill(path: string, values: Record<string, string | number> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function queryString(query: Record<string, unknown> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : "";
}

/** Words for any thrown thing. */
export function explainError(error: unknown): string {
  return error instanceof Error ? error.message : "Something unexpected went wrong.";
}
