// What the daemon's short names mean, in words for people.
import type { ExplainCandidate, FailureClass, FallbackEntry, KeyState, Outcome, RequestRow, Strategy } from "../api/types";
import type { Tone } from "../ui/bits";

export const failureWords: Record<FailureClass, string> = {
  bad_key: "Key refused",
  not_on_tier: "Not in this key's plan",
  content_policy: "Refused by the content policy",
  blocked_host: "Our address is blocked",
  out_of_credit: "Out of credit",
  daily_quota: "Daily limit reached",
  monthly_quota: "Monthly limit reached",
  no_quota: "The plan grants none of this model",
  rate_limited: "Rate limited",
  provider_busy: "Provider busy",
  too_large: "Prompt too large",
  model_missing: "Model gone",
  account_setting: "Account setting missing",
  model_slip: "Broken tool call",
  provider_sick: "Deployment broken",
  bad_request: "Request disliked",
  provider_error: "Provider error",
  connect_failed: "No connection",
  timed_out: "Timed out",
  dead_turn: "Empty answer",
  client_gone: "Client gone",
};

export const fallbackWords: Record<FallbackEntry["state"], { text: string; tone: Tone }> = {
  ready: { text: "Ready", tone: "good" },
  cooling_down: { text: "Cooling down", tone: "warn" },
  quota_exhausted: { text: "Out of quota", tone: "warn" },
  no_key: { text: "No key", tone: "muted" },
  disabled: { text: "Off", tone: "muted" },
  platform_disabled: { text: "Platform off", tone: "muted" },
};

export const keyWords: Record<KeyState, { text: string; tone: Tone }> = {
  unknown: { text: "Not checked yet", tone: "muted" },
  valid: { text: "Valid", tone: "good" },
  invalid: { text: "Refused", tone: "bad" },
  unverifiable: { text: "Could not be checked", tone: "muted" },
  undecryptable: { text: "Cannot be decrypted", tone: "bad" },
};

export const outcomeWords: Record<Outcome, { text: string; tone: Tone }> = {
  running: { text: "Running", tone: "accent" },
  succeeded: { text: "Answered", tone: "good" },
  failed: { text: "Failed", tone: "bad" },
  rejected: { text: "Rejected", tone: "warn" },
  cancelled: { text: "Client left", tone: "muted" },
};

/** What a request is called in a list: who served it, else what was asked for, else why nothing was. */
export function requestName(row: Pick<RequestRow, "upstream_id" | "model_requested" | "outcome" | "status" | "error_code">): string {
  const name = row.upstream_id || row.model_requested;
  if (name) return name;
  if (row.outcome !== "rejected") return "no model named";
  return `rejected: ${row.error_code || (row.status === null ? "no reason kept" : `status ${row.status}`)}`;
}

export const verdictWords: Record<ExplainCandidate["verdict"], string> = {
  served: "Served",
  tried: "Tried and failed",
  eligible: "Could have served",
  model_disabled: "Switched off",
  platform_disabled: "Platform switched off",
  no_key: "No key",
  key_not_allowed: "Key may not use it",
  lacks_capability: "Cannot do what was asked",
  context_too_small: "Context window too small",
  cooling_down: "Cooling down",
  quota_exhausted: "Out of quota",
  ruled_out: "Ruled out by an earlier failure",
};

export const strategyWords: Record<Strategy, { name: string; text: string }> = {
  priority: { name: "Priority", text: "Your order, top to bottom. A model that was rate limited moves down for a while." },
  balanced: { name: "Balanced", text: "Half reliability, a quarter each for speed and intelligence, as measured." },
  fastest: { name: "Fastest", text: "Tokens per second and time to the first token count most." },
  reliable: { name: "Reliable", text: "What answered lately without failing goes first." },
  smartest: { name: "Smartest", text: "The cleverest model that is up goes first." },
};
