// The mock's platforms and models: public figures of late 2026, enough to look and behave like the real list.
import { readFileSync } from "node:fs";

const rows = JSON.parse(readFileSync(new URL("models.json", import.meta.url), "utf8"));
const limit = (metric, window, count, scope = "key", reset = "sliding") => ({ metric, window, count, scope, reset });

// slug, name, status, keyless, signup URL, key format, base URL, allowance in words (for the reader of this), limits, notes, data use
const kPlatforms = [
  ["google", "Google AI Studio", "live", false, "https://aistudio.google.com/apikey", "AIza…", "https://generativelanguage.googleapis.com/v1beta", "about 3 M tokens a month per model", [], "Quotas are per project and model; a day starts over at midnight Pacific time.", "Free prompts may be used for training outside the EEA, Switzerland and the UK."],
  ["groq", "Groq", "live", false, "https://console.groq.com/keys", "gsk_…", "https://api.groq.com/openai/v1", "about 6 M tokens a month per model", [], "Limits are per organisation and model and stated in every answer.", ""],
  ["cerebras", "Cerebras", "at_risk", false, "https://cloud.cerebras.ai", "csk-…", "https://api.cerebras.ai/v1", "about 30 M tokens a month while credit lasts", [limit("requests", "minute", 5), limit("tokens", "day", 1_000_000)], "Wants a payment method since September 2026; the free part is a one-time credit.", ""],
  ["openrouter", "OpenRouter", "live", false, "https://openrouter.ai/keys", "sk-or-v1-…", "https://openrouter.ai/api/v1", "50 requests a day over all :free models", [limit("requests", "minute", 20), limit("requests", "day", 50, "key", "utc")], "The :free allowance is shared by all models of an account; 1 000 a day once $10 were bought.", "Some free upstreams log prompts."],
  ["github", "GitHub Models", "retired", false, "https://github.com/settings/tokens", "github_pat_…", "https://models.github.ai/inference", "none", [], "Shut down on 30 July 2026; the endpoint answers 410.", ""],
  ["sambanova", "SambaNova Cloud", "at_risk", false, "https://cloud.sambanova.ai", "a UUID", "https://api.sambanova.ai/v1", "about 6 M tokens a month where the free tier still applies", [limit("requests", "minute", 20), limit("requests", "day", 20, "key", "utc"), limit("tokens", "day", 200_000, "key", "utc")], "New accounts without a card are answered 402.", ""],
  ["mistral", "Mistral AI", "live", false, "https://console.mistral.ai/api-keys/", "32 letters and digits", "https://api.mistral.ai/v1", "1 G tokens a month over the workspace", [limit("requests", "minute", 60), limit("tokens", "minute", 500_000)], "Free mode is the default for new accounts; about one request a second.", "Prompts train models unless you opt out in the console."],
  ["cohere", "Cohere", "live", false, "https://dashboard.cohere.com/api-keys", "a trial key without prefix", "https://api.cohere.ai/compatibility/v1", "1 000 requests a month", [limit("requests", "minute", 20), limit("requests", "month", 1000, "key", "utc")], "Trial keys are for non-commercial use.", ""],
  ["cloudflare", "Cloudflare Workers AI", "live", false, "https://dash.cloudflare.com/profile/api-tokens", "account id and API token", "https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1", "10 000 neurons a day", [limit("neurons", "day", 10_000, "key", "utc")], "One pool of neurons a day over all models; starts over at midnight UTC.", ""],
  ["zhipu", "Zhipu AI (Z.ai)", "live", false, "https://open.bigmodel.cn/usercenter/apikeys", "id.secret", "https://open.bigmodel.cn/api/paas/v4", "one request at a time", [limit("concurrency", "second", 1)], "Two consoles with separate keys; both are tried.", ""],
  ["nvidia", "NVIDIA NIM", "live", false, "https://build.nvidia.com/settings/api-keys", "nvapi-…", "https://integrate.api.nvidia.com/v1", "40 requests a minute", [limit("requests", "minute", 40)], "Models come and go every few weeks. For evaluation only.", ""],
  ["ollama", "Ollama Cloud", "at_risk", false, "https://ollama.com/settings/keys", "an opaque token", "https://ollama.com/v1", "GPU time, not published", [limit("concurrency", "second", 1)], "With a paid balance requests are billed.", ""],
  ["pollinations", "Pollinations", "live", false, "https://enter.pollinations.ai", "pk_… or sk_…", "https://gen.pollinations.ai/v1", "a daily grant of pollen", [limit("requests", "minute", 4), limit("concurrency", "second", 1)], "Aliases are re-pointed now and then.", ""],
  ["llm7", "LLM7.io", "live", true, "https://token.llm7.io", "optional token", "https://api.llm7.io/v1", "100 000 tokens a day", [limit("requests", "minute", 60), limit("requests", "hour", 250), limit("tokens", "day", 100_000)], "Works without a key at a lower rate. Its keys cannot be verified: a wrong one is served as anonymous.", "A relay: prompts pass through third parties."],
  ["kilo", "Kilo Gateway", "live", true, "https://app.kilo.ai", "optional token", "https://api.kilo.ai/api/gateway", "200 requests an hour per address", [limit("requests", "hour", 200, "platform")], "Free models need no key; the limit is per IP address.", "A relay: prompts pass through third parties."],
];

const field = (name, label, placeholder, secret = true) => ({ name, label, placeholder, secret });

export function makePlatforms() {
  return kPlatforms.map(([slug, name, status, keyless, signup_url, key_format, base_url, , limits, notes, data_use_note]) => ({
    slug, name, custom: false, enabled: true, keyless, status, signup_url, key_format,
    key_fields: slug === "cloudflare" ? [field("account_id", "Account id", "32 hex digits", false), field("token", "API token", "")] : [field("key", keyless ? "Token (optional)" : "API key", key_format)],
    notes, data_use_note, base_url, proxy: null, limits,
  }));
}

export function makeModels({ big }) {
  const models = rows.map((row, index) => model(row, index));
  if (!big) return models;
  for (let copy = 1; models.length < 300; ++copy) {
    for (const row of rows) {
      if (models.length >= 300) break;
      models.push(model([row[0], `${row[1]}-v${copy}`, `${row[2]} v${copy}`, `${row[3]}-v${copy}`, ...row.slice(4)], models.length));
    }
  }
  return models;
}

function model([platform, upstream_id, display_name, logical_name, intelligence_rank, speed_rank, rpm, rpd, tpm, tpd, monthly_token_budget, context_window, max_output_tokens, flags, status], index) {
  const reset = platform === "google" ? "pacific" : "sliding";
  const limits = [["requests", "minute", rpm], ["requests", "day", rpd], ["tokens", "minute", tpm], ["tokens", "day", tpd]]
    .filter(([, , count]) => count)
    .map(([metric, window, count]) => ({ metric, window, count, scope: "model_key", reset: window === "day" ? reset : "sliding", source: "catalog", catalog_count: count }));
  const retired = status === "retired" || platform === "github";
  return {
    id: index + 1, platform, upstream_id, logical_name, display_name, intelligence_rank, speed_rank, context_window, max_output_tokens,
    capabilities: { tools: flags.includes("t"), vision: flags.includes("v"), reasoning: flags.includes("r"), json_schema: flags.includes("j") },
    monthly_token_budget, enabled: !retired, disabled_reason: retired ? "The platform shut this model down." : null,
    status: retired ? "retired" : status, limits, position: index,
  };
}
