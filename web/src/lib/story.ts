// The explain record as a story: what was asked, who was considered, what was tried, who answered.
import type { Attempt, Explain, ExplainCandidate, RequestDetail } from "../api/types";
import { formatCount, formatDuration, formatExact, plural } from "./format";
import { failureWords, strategyWords } from "./words";

export type Line = { tone: "plain" | "good" | "bad"; text: string };

const kWhyNot: [ExplainCandidate["verdict"], (count: number) => string][] = [
  ["no_key", (count) => `${count} had no key`],
  ["model_disabled", (count) => `${count} ${count === 1 ? "was" : "were"} switched off`],
  ["platform_disabled", (count) => `${count} ${count === 1 ? "was" : "were"} on a platform that is switched off`],
  ["cooling_down", (count) => `${count} ${count === 1 ? "was" : "were"} cooling down`],
  ["ruled_out", (count) => `${count} ${count === 1 ? "was" : "were"} ruled out by a failure before`],
  ["quota_exhausted", (count) => `${count} ${count === 1 ? "was" : "were"} out of quota`],
  ["lacks_capability", (count) => `${count} could not do what was asked`],
  ["context_too_small", (count) => `${count} had too small a context window`],
  ["key_not_allowed", (count) => `${count} had no key that may use ${count === 1 ? "it" : "them"}`],
];

export function tell({ request, attempts, explain }: RequestDetail, name: (slug: string) => string): Line[] {
  const lines: Line[] = [{ tone: "plain", text: asked(request, explain) }];
  if (explain) lines.push({ tone: "plain", text: considered(explain) });
  for (const attempt of attempts) lines.push(tried(attempt, attempts.length, name));
  if (attempts.length === 0) lines.push({ tone: "bad", text: toldWhy(request) ? `No model was tried. The client was told: ${toldWhy(request)}` : "No model was tried." });
  else if (request.outcome === "failed") lines.push({ tone: "bad", text: `The client was told: ${toldWhy(request) || `status ${request.status}`}` });
  else if (request.outcome === "cancelled") lines.push({ tone: "plain", text: "The client went away before the answer was complete. Nothing was held against the model." });
  if (request.outcome === "succeeded") lines.push({ tone: "good", text: ended(request, explain) });
  return lines;
}

/** What the client got to read, as far as it is kept; empty when it got no error. */
function toldWhy(request: RequestDetail["request"]): string {
  const facts = [request.status !== null && request.status >= 400 && `status ${request.status}`, request.error_code && `code ${request.error_code}`].filter(Boolean).join(", ");
  if (!request.error_message) return facts && `${facts}.`;
  return facts ? `${request.error_message} (${facts})` : request.error_message;
}

function asked(request: RequestDetail["request"], explain: Explain | null): string {
  const needs = explain?.needs;
  const wants = [request.streaming && "streamed", needs?.tools && "with tools", needs?.vision && "with images", needs?.json_schema && "as JSON"].filter(Boolean).join(", ");
  const size = needs ? `; a prompt of about ${formatCount(needs.estimated_prompt_tokens)} tokens` : "";
  if (!request.model_requested) return `At ${formatExact(request.started_at)} a client sent a request that was refused before its model was looked at.`;
  const what = request.model_requested === "auto" ? "any model (auto)" : request.model_requested;
  return `At ${formatExact(request.started_at)} a client asked for ${what}${wants ? `, ${wants}` : ""}${size}.`;
}

function considered(explain: Explain): string {
  const { candidates } = explain;
  if (candidates.length === 0) return explain.needs.selector === "unknown" ? "No model in the catalog goes by that name." : "There was no route to consider.";
  const count = (verdict: ExplainCandidate["verdict"]) => candidates.filter((candidate) => candidate.verdict === verdict).length;
  const reasons = kWhyNot.map(([verdict, words]) => [count(verdict), words] as const).filter(([found]) => found > 0).map(([found, words]) => words(found));
  const left = count("served") + count("tried") + count("eligible");
  const how = explain.strategy === "priority" ? "in your order" : `by the strategy “${strategyWords[explain.strategy].name.toLowerCase()}”`;
  const further = explain.candidates_left_out > 0 ? " Others, further down or switched off, are not listed." : "";
  const sticky = candidates.some((candidate) => candidate.sticky) ? " The conversation's model of before went first." : "";
  return `${plural(candidates.length, "route")} ${candidates.length === 1 ? "was" : "were"} considered${reasons.length ? `: ${reasons.join(", ")}` : ""}. ${left === 0 ? "None was left." : `${left} could serve, ${how}.`}${further}${sticky}`;
}

function tried(attempt: Attempt, total: number, name: (slug: string) => string): Line {
  const who = `${attempt.upstream_id} on ${name(attempt.platform)}${attempt.key_label ? ` (key ${attempt.key_label})` : ""}`;
  const start = total > 1 ? `${attempt.index + 1}. ${who}` : who;
  if (attempt.result === "served") return { tone: "good", text: `${start} answered: ${attempt.connect_ms === null ? "" : `connected in ${formatDuration(attempt.connect_ms)}, `}${attempt.ttft_ms === null ? "" : `first token after ${formatDuration(attempt.ttft_ms)}, `}complete after ${formatDuration(attempt.duration_ms)}.` };
  if (attempt.result === "cut_off") return { tone: "bad", text: `${start} broke off in the middle of its answer, after ${formatDuration(attempt.duration_ms)}. What had been sent could not be taken back.` };
  if (attempt.result === "cancelled") return { tone: "plain", text: `${start} was stopped after ${formatDuration(attempt.duration_ms)}, because the client went away.` };
  const why = attempt.failure ? failureWords[attempt.failure].toLowerCase() : "failed";
  const status = attempt.status === null ? "" : ` (${attempt.status})`;
  const words = attempt.message && !/^the provider answered/.test(attempt.message) ? ` It said “${attempt.message.replace(/\.$/, "")}”.` : "";
  const then = attempt.consequence ? ` ${attempt.consequence}.` : "";
  return { tone: "bad", text: `${start}: ${why}${status} after ${formatDuration(attempt.duration_ms)}.${words}${then}` };
}

function ended(request: RequestDetail["request"], explain: Explain | null): string {
  const tokens = request.completion_tokens === null ? "" : ` for ${formatCount(request.prompt_tokens ?? 0)} tokens in and ${formatCount(request.completion_tokens)} out${request.usage_estimated ? " (estimated)" : ""}`;
  const own = explain?.timings.overhead_ms;
  const ours = own === null || own === undefined ? "" : ` Our own part of it was ${own < 10 ? `${own.toFixed(2)} ms` : formatDuration(own)}.`;
  return `All in all it took ${formatDuration(request.duration_ms)}${tokens}.${ours}`;
}
