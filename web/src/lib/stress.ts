// A stress run's results as the article tells them: phases of one serving model after the other.
import { toCsv } from "./download";

export type Shot = { number: number; at_ms: number; duration_ms: number; status: number; platform: string | null; model: string | null; failovers: number; error: string | null; requestId: string | null };
export type Phase = { platform: string; model: string; first: number; last: number; requests: number; succeeded: number; failovers: number; mean_ms: number };
export type Totals = { sent: number; succeeded: number; rateLimited: number; otherErrors: number; attempts: number; failovers: number; models: number; median_ms: number | null; p95_ms: number | null };

/** Consecutive requests that one model served; a failed request belongs to no model and ends no phase. */
export function phasesOf(shots: Shot[]): Phase[] {
  const phases: Phase[] = [];
  for (const shot of [...shots].sort((a, b) => a.number - b.number)) {
    const last = phases.at(-1);
    if (shot.model === null || shot.platform === null) {
      if (last) last.requests++;
      continue;
    }
    const isSame = last && last.model === shot.model && last.platform === shot.platform;
    const phase = isSame ? last : { platform: shot.platform, model: shot.model, first: shot.number, last: shot.number, requests: 0, succeeded: 0, failovers: 0, mean_ms: 0 };
    if (!isSame) phases.push(phase);
    phase.last = shot.number;
    phase.requests++;
    phase.failovers += shot.failovers;
    if (shot.status === 200) {
      phase.mean_ms += (shot.duration_ms - phase.mean_ms) / (phase.succeeded + 1);
      phase.succeeded++;
    }
  }
  return phases;
}

export function totalsOf(shots: Shot[]): Totals {
  const good = shots.filter((shot) => shot.status === 200);
  const times = good.map((shot) => shot.duration_ms).sort((a, b) => a - b);
  const at = (share: number) => (times.length ? times[Math.min(times.length - 1, Math.floor(share * times.length))]! : null);
  const failovers = shots.reduce((sum, shot) => sum + shot.failovers, 0);
  return {
    sent: shots.length,
    succeeded: good.length,
    rateLimited: shots.filter((shot) => shot.status === 429).length,
    otherErrors: shots.filter((shot) => shot.status !== 200 && shot.status !== 429).length,
    attempts: shots.length + failovers,
    failovers,
    models: new Set(good.map((shot) => `${shot.platform}/${shot.model}`)).size,
    median_ms: at(0.5),
    p95_ms: at(0.95),
  };
}

export function toMarkdown(phases: Phase[], totals: Totals): string {
  const rows = phases.map((phase, index) => `| ${index + 1} | ${phase.platform}/${phase.model} | ${phase.first}–${phase.last} | ${phase.requests} | ${phase.succeeded} | ${phase.failovers} | ${Math.round(phase.mean_ms)} ms |`);
  return ["| phase | served by | requests | count | answered | failovers | mean latency |", "|---|---|---|---|---|---|---|", ...rows, `| all | ${totals.models} models | 1–${totals.sent} | ${totals.sent} | ${totals.succeeded} | ${totals.failovers} | median ${Math.round(totals.median_ms ?? 0)} ms |`].join("\n") + "\n";
}

export function shotsCsv(shots: Shot[]): string {
  return toCsv(["number", "at_ms", "duration_ms", "status", "platform", "model", "failovers", "error", "request_id"], shots.map((shot) => [shot.number, Math.round(shot.at_ms), Math.round(shot.duration_ms), shot.status, shot.platform, shot.model, shot.failovers, shot.error, shot.requestId]));
}

export type Plan = { count: number; delay_ms: number; model: string; prompt: string; max_tokens: number };

/** Fires `send` `count` times, `delay_ms` apart, without waiting for answers; at most `kAtOnce` are under way. */
export async function runPlan(plan: Plan, send: (number: number) => Promise<void>, signal: AbortSignal, sleep: (ms: number) => Promise<void> = pause): Promise<void> {
  const kAtOnce = 50;
  const running = new Set<Promise<void>>();
  for (let number = 1; number <= plan.count && !signal.aborted; ++number) {
    const one = send(number).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= kAtOnce) await Promise.race(running);
    if (number < plan.count) await sleep(plan.delay_ms);
  }
  await Promise.allSettled(running);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
