// The conversation outlives a change of page and a reload (pictures only the former: they are too big to store).
import { useSyncExternalStore } from "react";
import { ApiError, explainError } from "../../api/client";
import { chat, type Answer, type ChatBody, type ChatMessage, type Part, type Progress, type Served, type ToolCall } from "../../lib/chat";

export type Turn =
  | { role: "user"; text: string; images: string[] }
  | { role: "assistant"; text: string; reasoning: string; toolCalls: ToolCall[]; served: Partial<Served>; state: "streaming" | "done" | "stopped" | "failed"; error?: string }
  | { role: "tool"; callId: string; text: string };

const kKey = "freellmapi.conversation";
let turns: Turn[] = load();
let running: AbortController | null = null;
const listeners = new Set<() => void>();

function load(): Turn[] {
  try {
    const stored = JSON.parse(sessionStorage.getItem(kKey) ?? "[]") as Turn[];
    return stored.map((turn) => (turn.role === "assistant" && turn.state === "streaming" ? { ...turn, state: "stopped" } : turn));
  } catch {
    return [];
  }
}

function set(next: Turn[], store = true): void {
  turns = next;
  if (store) {
    try {
      sessionStorage.setItem(kKey, JSON.stringify(next.map((turn) => (turn.role === "user" ? { ...turn, images: [] } : turn))));
    } catch {
      // Full storage costs the copy, not the conversation.
    }
  }
  listeners.forEach((listener) => listener());
}

export const useTurns = (): Turn[] => useSyncExternalStore((listener) => (listeners.add(listener), () => listeners.delete(listener)), () => turns);

export function toMessages(all: Turn[], system: string): ChatMessage[] {
  const messages: ChatMessage[] = system.trim() ? [{ role: "system", content: system }] : [];
  for (const turn of all) {
    if (turn.role === "user") messages.push({ role: "user", content: turn.images.length ? ([{ type: "text", text: turn.text }, ...turn.images.map((url) => ({ type: "image_url", image_url: { url } }))] as Part[]) : turn.text });
    else if (turn.role === "tool") messages.push({ role: "tool", tool_call_id: turn.callId, content: turn.text });
    else if (turn.text || turn.toolCalls.length) messages.push({ role: "assistant", content: turn.text || null, ...(turn.toolCalls.length && { tool_calls: turn.toolCalls }) });
  }
  return messages;
}

export type Setup = { model: string; system: string; stream: boolean; tools: unknown[] };

export async function ask(added: Turn[], setup: Setup): Promise<void> {
  const history = [...turns, ...added];
  const waiting: Turn = { role: "assistant", text: "", reasoning: "", toolCalls: [], served: {}, state: "streaming" };
  set([...history, waiting]);
  running = new AbortController();
  const show = (progress: Progress, state: "streaming" | "done" | "stopped" | "failed", error?: string) =>
    set([...history, { role: "assistant", text: progress.text, reasoning: progress.reasoning, toolCalls: [...progress.toolCalls], served: { ...progress.served }, state, error }], state !== "streaming");
  let latest: Progress = { text: "", reasoning: "", toolCalls: [], served: {} };
  const body: ChatBody = { model: setup.model, messages: toMessages(history, setup.system), stream: setup.stream, ...(setup.tools.length && { tools: setup.tools }) };
  try {
    const answer: Answer = await chat(body, { signal: running.signal, onProgress: (progress) => { latest = progress; show(progress, "streaming"); } });
    show(answer, "done");
  } catch (error) {
    const served = (error as { served?: Partial<Served> }).served ?? latest.served;
    if (running?.signal.aborted) show(latest, "stopped");
    else show({ ...latest, served }, "failed", error instanceof ApiError ? error.message : explainError(error));
  } finally {
    running = null;
  }
}

export const stop = (): void => running?.abort();
export const clear = (): void => {
  stop();
  set([]);
};

/** Takes back the last question and what followed; returns its text for editing. */
export function takeBack(): string {
  const at = turns.findLastIndex((turn) => turn.role === "user");
  const last = turns[at];
  set(turns.slice(0, Math.max(0, at)));
  return last?.role === "user" ? last.text : "";
}
