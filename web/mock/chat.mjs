// /v1/chat/completions of the mock: routes like the real thing, answers with made-up words, streams slowly.
import { attemptOf, someFailure } from "./log.mjs";
import { explain, plan } from "./routing.mjs";
import { findModel, iso, usableKeys } from "./state.mjs";

const kAnswer = `A **token bucket** holds up to *n* tokens and refills at a steady rate; every request takes one.

1. If a token is there, the request passes at once.
2. If not, it waits or is refused.

\`\`\`js
function take(bucket, now) {
  bucket.level = Math.min(bucket.size, bucket.level + (now - bucket.at) * bucket.rate);
  bucket.at = now;
  return bucket.level >= 1 ? (bucket.level--, true) : false;
}
\`\`\`

| kind | allows bursts | smooths |
| --- | --- | --- |
| token bucket | yes | no |
| leaky bucket | no | yes |

That is the whole trick: *bursts are paid for in advance*.`;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function needsOf(body) {
  const vision = body.messages.some((m) => Array.isArray(m.content) && m.content.some((part) => part.type === "image_url"));
  return { tools: Boolean(body.tools?.length), vision, streaming: Boolean(body.stream) };
}

/** Runs the attempts, telling the feed about each; resolves with who serves. */
async function route(state, body, request) {
  const needs = needsOf(body);
  const { all, order, candidates } = plan(state, body.model ?? "auto", needs);
  const row = { id: request.id, started_at: iso(request.at), duration_ms: null, ttft_ms: null, status: null, outcome: "running", streaming: needs.streaming, model_requested: body.model ?? "auto", platform: null, model_id: null, upstream_id: null, key_id: null, key_label: null, attempts: 0, prompt_tokens: null, completion_tokens: null, usage_estimated: false, cost_saved_usd: null, error_code: null, error_message: null };
  const attempts = [];
  const tell = (phase, attempt = null) => state.hub.send("request", { phase, at: iso(), request: { ...row }, attempt });
  tell("started");
  if (all.length === 0) return { error: [404, "model_not_found", `No model is called "${body.model}".`], row, attempts, candidates, needs, tell };
  for (const candidate of order) {
    const model = findModel(state, candidate.model_id);
    const began = Date.now() - request.at;
    const planned = state.failNext.shift();
    await sleep(state.big ? 2 : 15 + (model.speed_rank ?? 5) * 12);
    const took = Date.now() - request.at - began;
    Object.assign(row, { platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, key_id: usableKeys(state, model.platform)[0]?.id ?? null, key_label: usableKeys(state, model.platform)[0]?.label ?? null });
    if (!planned) {
      attempts.push(attemptOf(state, model, attempts.length, began, took));
      row.attempts = attempts.length;
      return { model, row, attempts, candidates, needs, tell };
    }
    const attempt = attemptOf(state, model, attempts.length, began, took, planned === true ? someFailure(state.random) : planned);
    attempts.push(attempt);
    row.attempts = attempts.length;
    bench(state, model, attempt);
    tell("attempt_failed", attempt);
  }
  return { error: [429, "rate_limit_exceeded", "Every candidate is out of quota or resting."], row, attempts, candidates, needs, tell };
}

function bench(state, model, attempt) {
  if (attempt.status !== 429) return;
  const key = usableKeys(state, model.platform)[0];
  const { penalty_per_rate_limit, penalty_max } = state.settings.routing;
  const until = iso(Date.now() + (attempt.retry_after_ms ?? 90_000));
  state.cooldowns.push({ scope: "model_key", platform: model.platform, model_id: model.id, upstream_id: model.upstream_id, key_id: key?.id ?? null, key_label: key?.label ?? null, since: iso(), until, failure: attempt.failure, stated_by: attempt.retry_after_ms ? "provider" : "estimate", message: attempt.message, probing: false });
  state.penalties.set(model.id, { value: Math.min(penalty_max, (state.penalties.get(model.id)?.value ?? 0) + penalty_per_rate_limit), hit: Date.now() });
  state.hub.send("quota", { change: "cooldown", platform: model.platform, model_id: model.id, key_id: key?.id ?? null, until });
}

function finish(state, { row, attempts, candidates, needs, tell }, request, outcome, status) {
  row.duration_ms = Date.now() - request.at;
  row.outcome = outcome;
  row.status = status;
  const last = attempts.at(-1);
  if (last && last.result === "served") last.duration_ms = Math.max(1, row.duration_ms - last.offset_ms);
  state.log.unshift(row);
  state.details.set(row.id, attempts);
  state.details.set(`${row.id}/explain`, explain(state, row, attempts, candidates, needs));
  if (row.model_id) state.used.set(row.model_id, Math.min(1, (state.used.get(row.model_id) ?? 0) + 0.004));
  tell("finished");
  state.hub.send("quota", { change: "counters", platform: row.platform, model_id: row.model_id, key_id: row.key_id, until: null });
}

export async function chat(state, body, request, response) {
  const result = await route(state, body, request);
  const { row, attempts, tell } = result;
  const base = { "x-request-id": request.id, "x-fallback-attempts": String(Math.max(0, attempts.length - 1)), "cache-control": "no-store" };
  if (result.error) {
    const [status, code, message] = result.error;
    Object.assign(row, { error_code: code, error_message: message });
    finish(state, result, request, attempts.length ? "failed" : "rejected", status);
    response.writeHead(status, { ...base, "content-type": "application/json" });
    return response.end(JSON.stringify({ error: { message, type: status === 429 ? "rate_limit_error" : "not_found_error", param: null, code } }));
  }
  const { model } = result;
  const trail = attempts.slice(0, -1).map((a) => `${a.platform}/${a.upstream_id}=${a.failure}`).join("; ");
  const headers = { ...base, "x-routed-via": `${model.platform}/${model.upstream_id}`, "server-timing": "queue;dur=0, route;dur=0.06, overhead;dur=0.4", ...(trail && { "x-fallback-trail": trail }) };
  const words = answerTo(body);
  const call = body.tools?.length ? { id: `call_${request.id.slice(-6)}`, type: "function", function: { name: body.tools[0].function.name, arguments: '{"city":"Oslo"}' } } : null;
  Object.assign(row, { prompt_tokens: Math.ceil(JSON.stringify(body.messages).length / 4), completion_tokens: words.length, cost_saved_usd: words.length * 4e-6 });
  const usage = { prompt_tokens: row.prompt_tokens, completion_tokens: words.length, total_tokens: row.prompt_tokens + words.length };
  row.ttft_ms = Date.now() - request.at;
  attempts.at(-1).ttft_ms = Math.max(1, row.ttft_ms - attempts.at(-1).offset_ms);
  if (!body.stream) {
    finish(state, result, request, "succeeded", 200);
    response.writeHead(200, { ...headers, "content-type": "application/json" });
    const message = call ? { role: "assistant", content: null, tool_calls: [call] } : { role: "assistant", content: words.join("") };
    return response.end(JSON.stringify({ id: `chatcmpl-${request.id}`, object: "chat.completion", created: Math.floor(request.at / 1000), model: model.upstream_id, choices: [{ index: 0, message, finish_reason: call ? "tool_calls" : "stop" }], usage, _routed_via: { platform: model.platform, model: model.upstream_id } }));
  }
  tell("first_token");
  response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
  const frame = (delta, finish_reason = null, extra = {}) => response.write(`data: ${JSON.stringify({ id: `chatcmpl-${request.id}`, object: "chat.completion.chunk", created: Math.floor(request.at / 1000), model: model.upstream_id, choices: [{ index: 0, delta, finish_reason }], ...extra })}\n\n`);
  frame({ role: "assistant", content: "" });
  if (call) frame({ tool_calls: [{ index: 0, ...call }] });
  for (const word of call ? [] : words) {
    if (response.destroyed) return finish(state, result, request, "cancelled", 499);
    frame({ content: word });
    await sleep(state.big ? 1 : 14);
  }
  frame({}, call ? "tool_calls" : "stop");
  if (body.stream_options?.include_usage) response.write(`data: ${JSON.stringify({ id: `chatcmpl-${request.id}`, object: "chat.completion.chunk", created: Math.floor(request.at / 1000), model: model.upstream_id, choices: [], usage })}\n\n`);
  response.end("data: [DONE]\n\n");
  finish(state, result, request, "succeeded", 200);
}

function answerTo(body) {
  const last = body.messages.at(-1);
  const text = typeof last.content === "string" ? last.content : (last.content ?? []).map((part) => part.text ?? "").join(" ");
  const exact = /^say (?:exactly )?["“]?(.+?)["”]?$/i.exec(text.trim());
  const answer = exact ? exact[1] : (body.max_tokens ?? 999) <= 32 ? "Fine, thank you." : kAnswer;
  return answer.match(/\s*\S+/g) ?? [answer];
}
