// The stress run lives outside its page: it goes on, and its table stays, while one looks elsewhere.
import { useSyncExternalStore } from "react";
import { ApiError, explainError } from "../../api/client";
import { chat, type Served } from "../../lib/chat";
import { runPlan, type Plan, type Shot } from "../../lib/stress";

type Run = { shots: Shot[]; planned: number; isBusy: boolean };

let run: Run = { shots: [], planned: 0, isBusy: false };
let control: AbortController | null = null;
const listeners = new Set<() => void>();

function set(part: Partial<Run>): void {
  run = { ...run, ...part };
  listeners.forEach((listener) => listener());
}

export const useRun = (): Run => useSyncExternalStore((listener) => (listeners.add(listener), () => listeners.delete(listener)), () => run);

export function start(plan: Plan): void {
  control?.abort();
  const mine = (control = new AbortController());
  const began = performance.now();
  set({ shots: [], planned: plan.count, isBusy: true });
  const fireOne = async (number: number) => {
    const shot = await fire(plan, number, began, mine.signal);
    if (shot && control === mine) set({ shots: [...run.shots, shot] });
  };
  void runPlan(plan, fireOne, mine.signal).finally(() => control === mine && set({ isBusy: false }));
}

export const stop = (): void => control?.abort();

async function fire(plan: Plan, number: number, began: number, signal: AbortSignal): Promise<Shot | null> {
  const at_ms = performance.now() - began;
  const shot = (served: Partial<Served>, status: number, error: string | null): Shot => ({ number, at_ms, duration_ms: performance.now() - began - at_ms, status, platform: served.platform ?? null, model: served.model ?? null, failovers: served.failovers ?? 0, error, requestId: served.requestId ?? null });
  try {
    const answer = await chat({ model: plan.model, messages: [{ role: "user", content: plan.prompt }], max_tokens: plan.max_tokens }, { signal });
    return shot(answer.served, 200, null);
  } catch (error) {
    if (signal.aborted) return null;
    const served = (error as { served?: Partial<Served> }).served ?? {};
    return shot(served, error instanceof ApiError ? error.status : 0, explainError(error));
  }
}
