// One chat request against this daemon, as any client would make it, with what its headers tell.
import { ApiError, call, refusal } from "../api/client";
import { SseCutter } from "./sse";

export type Part = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };
export type ToolCall = { id: string; type: "function"; function: { name: string; arguments: string } };
export type ChatMessage =
  | { role: "system" | "user"; content: string | Part[] }
  | { role: "assistant"; content: string | null; tool_calls?: ToolCall[] }
  | { role: "tool"; tool_call_id: string; content: string };
export type ChatBody = { model: string; messages: ChatMessage[]; stream?: boolean; tools?: unknown[]; temperature?: number; max_tokens?: number };

export type Served = { requestId: string | null; platform: string | null; model: string | null; failovers: number; trail: string | null; ttftMs: number | null; totalMs: number; promptTokens: number | null; completionTokens: number | null; status: number };
export type Progress = { text: string; reasoning: string; toolCalls: ToolCall[]; served: Partial<Served> };
export type Answer = Progress & { served: Served; finishReason: string | null };

let keyOnce: Promise<string> | null = null;

/** The unified key stays in this page's memory only; asked again after it was rotated. */
async function clientKey(): Promise<string> {
  keyOnce ??= call("post", "/api/api-key/reveal").then((answer) => answer.key);
  keyOnce.catch(() => (keyOnce = null));
  return keyOnce;
}

async function post(body: ChatBody, signal: AbortSignal | undefined): Promise<Response> {
  const send = async () =>
    fetch("/v1/chat/completions", {
      method: "POST",
      signal,
      headers: { "content-type": "application/json", authorization: `Bearer ${await clientKey()}` },
      body: JSON.stringify(body.stream ? { ...body, stream_options: { include_usage: true } } : body),
    });
  const response = await send();
  if (response.status !== 401) return response;
  keyOnce = null;
  return send();
}

export async function chat(body: ChatBody, options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {}): Promise<Answer> {
  const began = performance.now();
  const response = await post(body, options.signal).catch((error: unknown) => {
    if (error instanceof ApiError || (error instanceof DOMException && error.name === "AbortError")) throw error;
    throw new ApiError(0, "unreachable", "The daemon cannot be reached. Is it still running?");
  });
  const head = readHead(response);
  if (!response.ok) throw Object.assign(await refusal(response), { served: { ...head, totalMs: performance.now() - began } });
  if (!body.stream) return whole(await response.json(), head, performance.now() - began);
  return streamed(response, head, began, options.onProgress);
}

function readHead(response: Response): Pick<Served, "requestId" | "platform" | "model" | "failovers" | "trail" | "status"> {
  const via = response.headers.get("x-routed-via");
  const slash = via?.indexOf("/") ?? -1;
  return {
    requestId: response.headers.get("x-request-id"),
    platform: via && slash > 0 ? via.slice(0, slash) : null,
    model: via && slash > 0 ? via.slice(slash + 1) : null,
    failovers: Number(response.headers.get("x-fallback-attempts") ?? 0),
    trail: response.headers.get("x-fallback-trail"),
    status: response.status,
  };
}

type Usage = { prompt_tokens?: number; completion_tokens?: number };
type Whole = { choices: { message: { content: string | null; reasoning_content?: string; tool_calls?: ToolCall[] }; finish_reason: string | null }[]; usage?: Usage };

function whole(value: Whole, head: ReturnType<typeof readHead>, totalMs: number): Answer {
  const choice = value.choices[0];
  return {
    text: choice?.message.content ?? "",
    reasoning: choice?.message.reasoning_content ?? "",
    toolCalls: choice?.message.tool_calls ?? [],
    finishReason: choice?.finish_reason ?? null,
    served: { ...head, ttftMs: null, totalMs, promptTokens: value.usage?.prompt_tokens ?? null, completionTokens: value.usage?.completion_tokens ?? null },
  };
}

type Chunk = { error?: { message: string; code?: string }; usage?: Usage | null; choices?: { delta?: { content?: string | null; reasoning_content?: string | null; reasoning?: string | null; tool_calls?: { index?: number; id?: string; function?: { name?: string; arguments?: string } }[] }; finish_reason?: string | null }[] };

async function streamed(response: Response, head: ReturnType<typeof readHead>, began: number, onProgress: ((progress: Progress) => void) | undefined): Promise<Answer> {
  const answer: Answer = { text: "", reasoning: "", toolCalls: [], finishReason: null, served: { ...head, ttftMs: null, totalMs: 0, promptTokens: null, completionTokens: null } };
  const cutter = new SseCutter();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let isDone = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const data of cutter.push(value)) {
      if (data === "[DONE]") isDone = true;
      else absorb(answer, JSON.parse(data) as Chunk, began);
    }
    answer.served.totalMs = performance.now() - began;
    onProgress?.(answer);
  }
  if (!isDone && answer.finishReason === null) throw Object.assign(new ApiError(502, "stream_cut", "The answer broke off before its end."), { served: answer.served, partial: answer });
  return answer;
}

export function absorb(answer: Answer, chunk: Chunk, began: number): void {
  if (chunk.error) throw Object.assign(new ApiError(502, chunk.error.code ?? "upstream_failed", chunk.error.message), { served: answer.served, partial: answer });
  if (chunk.usage) {
    answer.served.promptTokens = chunk.usage.prompt_tokens ?? null;
    answer.served.completionTokens = chunk.usage.completion_tokens ?? null;
  }
  const choice = chunk.choices?.[0];
  if (!choice) return;
  const { delta } = choice;
  const content = delta?.content ?? "";
  const reasoning = delta?.reasoning_content ?? delta?.reasoning ?? "";
  if (answer.served.ttftMs === null && (content || reasoning || delta?.tool_calls?.length)) answer.served.ttftMs = performance.now() - began;
  answer.text += content;
  answer.reasoning += reasoning;
  for (const part of delta?.tool_calls ?? []) {
    const index = part.index ?? 0;
    const known = (answer.toolCalls[index] ??= { id: part.id ?? `call_${index}`, type: "function", function: { name: "", arguments: "" } });
    known.function.name += part.function?.name ?? "";
    known.function.arguments += part.function?.arguments ?? "";
  }
  if (choice.finish_reason) answer.finishReason = choice.finish_reason;
}
