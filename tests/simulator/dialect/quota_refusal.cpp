// A 429 in each platform's words, and the rate headers they send. Shapes: platforms' documentation
// and answers quoted in public, 2026-11.

#include <array>
#include <cmath>
#include <cstdio>

#include "core/prompt.hpp"
#include "dialect/refusal.hpp"
#include "dialect/refusal_shape.hpp"

namespace simulator {
namespace {

struct Hit {
  const Standing& standing;
  std::string_view model;
  WallMs now;

  [[nodiscard]] bool is_tokens() const { return standing.rule.metric == Metric::tokens; }
  [[nodiscard]] bool is_concurrency() const { return standing.rule.metric == Metric::concurrency; }
  [[nodiscard]] bool is_daily() const { return standing.rule.window == Window::day; }
  [[nodiscard]] std::int64_t wait_seconds() const { return (standing.wait_ms + 999) / 1000; }
  [[nodiscard]] std::string count() const { return std::to_string(standing.rule.count); }
};

std::string window_word(Window window) {
  static constexpr std::array kWords{"minute", "hour", "day", "month"};
  return kWords[static_cast<std::size_t>(window)];
}

Reply plain(std::string_view slug, std::string type, std::string code, std::string message) {
  return shape(slug, {429, std::move(type), std::move(code), std::move(message), ""});
}

void say_retry_after(const Hit& hit, Reply& reply) {
  reply.headers.emplace_back("retry-after", std::to_string(hit.wait_seconds()));
}

Reply groq(const Hit& hit) {
  const auto axis = std::string{hit.is_tokens() ? "tokens" : "requests"} + " per " +
                    window_word(hit.standing.rule.window);
  const std::string abbreviation =
      std::string{hit.is_tokens() ? "T" : "R"} + "P" + (hit.is_daily() ? "D" : "M");
  auto reply = plain(
      "groq", hit.is_tokens() ? "tokens" : "requests", "rate_limit_exceeded",
      "Rate limit reached for model `" + std::string{hit.model} +
          "` in organization `org_sim` service tier `on_demand` on " + axis + " (" + abbreviation +
          "): Limit " + hit.count() + ", Used " + std::to_string(hit.standing.used) +
          ", Requested " + std::to_string(hit.standing.requested) + ". Please try again in " +
          go_duration(hit.standing.wait_ms) + ". Need more tokens? Upgrade your plan.");
  say_retry_after(hit, reply);
  return reply;
}

Reply google(const Hit& hit) {
  const std::string what =
      hit.is_tokens() ? "GenerateContentInputTokensPerModel" : "GenerateRequests";
  const std::string per = hit.is_daily() ? "PerDay" : "PerMinute";
  const auto id =
      hit.is_tokens() ? what + per + "-FreeTier" : what + per + "PerProjectPerModel-FreeTier";
  const std::string metric = "generativelanguage.googleapis.com/generate_content_free_tier_" +
                             std::string{hit.is_tokens() ? "input_token_count" : "requests"};
  // The stated delay is of seconds even when the day is spent: the quotaId tells the truth.
  const double delay = hit.is_daily() ? 48.25 : static_cast<double>(hit.standing.wait_ms) / 1000.0;
  char seconds[48];
  std::snprintf(seconds, sizeof seconds, "%.6fs", delay);
  const Json body{
      {"error",
       {{"code", 429},
        {"message",
         "You exceeded your current quota, please check your plan and billing details.\n* Quota "
         "exceeded for metric: " +
             metric + ", limit: " + hit.count() + ", model: " + std::string{hit.model} +
             "\nPlease retry in " + seconds + "."},
        {"status", "RESOURCE_EXHAUSTED"},
        {"details",
         Json::array({{{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
                       {"violations",
                        Json::array({{{"quotaMetric", metric},
                                      {"quotaId", id},
                                      {"quotaDimensions",
                                       {{"location", "global"}, {"model", std::string{hit.model}}}},
                                      {"quotaValue", hit.count()}}})}},
                      {{"@type", "type.googleapis.com/google.rpc.RetryInfo"},
                       {"retryDelay", seconds}}})}}}};
  Reply reply;
  reply.status = 429;
  reply.content_type = "application/json; charset=UTF-8";
  reply.body = body.dump();
  return reply;
}

Reply openrouter(const Hit& hit) {
  // Strings inside the body; the reset is epoch milliseconds.
  const std::string which = hit.is_daily() ? "free-models-per-day" : "free-models-per-min";
  const Json body{
      {"error",
       {{"message",
         "Rate limit exceeded: " + which +
             (hit.is_daily() ? ". Add 10 credits to unlock 1000 free model requests per day"
                             : ". ")},
        {"code", 429},
        {"metadata",
         {{"headers",
           {{"X-RateLimit-Limit", hit.count()},
            {"X-RateLimit-Remaining", "0"},
            {"X-RateLimit-Reset", std::to_string(hit.now + hit.standing.wait_ms)}}}}}}},
      {"user_id", "user_sim"}};
  Reply reply;
  reply.status = 429;
  reply.body = body.dump();
  return reply;
}

Reply github(const Hit& hit) {
  const auto seconds = hit.is_daily() ? 86400 : 60;
  const std::string scope = hit.is_concurrency() ? "UserConcurrentRequests"
                            : hit.is_daily()     ? "UserByModelByDay"
                                                 : "UserByModelByMinute";
  const auto wait = std::to_string(std::max<std::int64_t>(hit.wait_seconds(), 1));
  auto reply =
      plain("github", "", "RateLimitReached",
            "Rate limit of " + hit.count() + " per " + std::to_string(seconds) + "s exceeded for " +
                scope + ". Please wait " + wait + " seconds before retrying.");
  reply.headers = {
      {"retry-after", wait}, {"x-ratelimit-type", scope}, {"x-ratelimit-timeremaining", wait}};
  return reply;
}

Reply cerebras(const Hit& hit) {
  return plain("cerebras", "too_many_requests_error",
               hit.is_tokens() ? "token_quota_exceeded" : "request_quota_exceeded",
               std::string{hit.is_tokens() ? "Tokens" : "Requests"} + " per " +
                   window_word(hit.standing.rule.window) +
                   " limit exceeded - too many tokens or requests processed.");
}

Reply cohere(const Hit& hit) {
  const bool is_monthly = hit.standing.rule.window == Window::month;
  return plain(
      "cohere", "", "",
      "You are using a Trial key, which is limited to " + hit.count() + " API calls / " +
          (is_monthly ? "month" : "minute") +
          ". You can continue to use the Trial key for free or upgrade to a Production key "
          "with higher rate limits.");
}

Reply cloudflare(const Hit& hit) {
  if (hit.is_daily() || hit.is_tokens())
    return plain("cloudflare", "", "4006",
                 "AiError: AiError: you have used up your daily free allocation of 10,000 neurons, "
                 "please upgrade to Cloudflare's Workers Paid plan if you would like to continue "
                 "usage.");
  return plain("cloudflare", "", "3021", "AiError: Rate limited");
}

Reply zhipu(const Hit& hit) {
  if (hit.is_daily())
    return plain("zhipu", "", "1304", "The daily call limit of this API is reached");
  return plain("zhipu", "", hit.is_concurrency() ? "1302" : "1303",
               hit.is_concurrency()
                   ? "High concurrency usage of this API, please reduce concurrency"
                   : "High frequency usage of this API, please reduce frequency");
}

Reply ollama(const Hit& hit) {
  if (hit.is_concurrency()) return plain("ollama", "api_error", "", "too many concurrent requests");
  return plain("ollama", "api_error", "",
               "you (simulated) have reached your " +
                   std::string{hit.is_daily() ? "session" : "hourly"} +
                   " usage limit, upgrade for higher limits: https://ollama.com/upgrade");
}

Reply generic(std::string_view slug, const Hit& hit) {
  auto reply = plain(slug, "rate_limit_error", slug == "mistral" ? "1300" : "rate_limit_exceeded",
                     "Rate limit exceeded");
  if (slug == "kilo")
    reply = plain(slug, "", "", "Rate limit exceeded for free models. Please try again later.");
  if (slug == "mistral") reply = plain(slug, "rate_limited", "1300", "Rate limit exceeded");
  if (slug == "pollinations") reply = plain(slug, "", "RATE_LIMITED", "Too many requests");
  if (slug == "openai" || slug == "sambanova" || slug == "llm7") say_retry_after(hit, reply);
  return reply;
}

std::string float_seconds(std::int64_t milliseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", static_cast<double>(milliseconds) / 1000.0);
  return text;
}

/// One standing as header fields: prefix + limit/remaining/reset + suffix.
void add_triplet(const Standing& standing, std::string_view suffix, std::string reset,
                 HeaderList& headers) {
  const std::string tail{suffix};
  headers.emplace_back("x-ratelimit-limit-" + tail, std::to_string(standing.rule.count));
  headers.emplace_back("x-ratelimit-remaining-" + tail, std::to_string(standing.remaining()));
  if (!reset.empty()) headers.emplace_back("x-ratelimit-reset-" + tail, std::move(reset));
}

void add_headers(std::string_view slug, const Standing& standing, WallMs now, HeaderList& headers) {
  const auto metric = standing.rule.metric;
  const auto window = standing.rule.window;
  const bool is_day = window == Window::day;
  // Groq shows requests of the day and tokens of the minute, and nothing else.
  if (slug == "groq" && metric == Metric::requests && is_day) {
    const auto per_request = 86'400'000 / std::max<std::int64_t>(standing.rule.count, 1);
    add_triplet(standing, "requests", go_duration(per_request * standing.used), headers);
  } else if (slug == "groq" && metric == Metric::tokens && window == Window::minute) {
    const auto refill = 60'000 * standing.used / std::max<std::int64_t>(standing.rule.count, 1);
    add_triplet(standing, "tokens", go_duration(refill), headers);
  } else if (slug == "cerebras" && metric != Metric::concurrency) {
    const auto unit = std::string{metric == Metric::tokens ? "tokens-" : "requests-"};
    const auto reset = is_day ? next_midnight(now, DayStart::utc) - now : 60'000 - now % 60'000;
    add_triplet(standing, unit + (is_day ? "day" : "minute"), float_seconds(reset), headers);
  } else if (slug == "sambanova" && metric == Metric::requests) {
    const auto reset = is_day ? next_midnight(now, DayStart::utc) : now + 60'000;
    add_triplet(standing, is_day ? "requests-day" : "requests", std::to_string(reset / 1000),
                headers);
  } else if (slug == "mistral" && metric == Metric::requests && window == Window::minute) {
    add_triplet(standing, "req-minute", "", headers);
  } else if (slug == "mistral" && metric == Metric::tokens && window == Window::minute) {
    add_triplet(standing, "tokens-minute", "", headers);
  } else if (slug == "cohere" && window == Window::minute) {
    headers.emplace_back("x-trial-endpoint-call-limit", std::to_string(standing.rule.count));
    headers.emplace_back("x-trial-endpoint-call-remaining", std::to_string(standing.remaining()));
  } else if (slug == "cohere" && window == Window::month) {
    headers.emplace_back("x-endpoint-monthly-call-limit", std::to_string(standing.rule.count));
  }
}

}  // namespace

std::string go_duration(std::int64_t milliseconds) {
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  std::string text;
  const auto hours = milliseconds / 3'600'000;
  const auto minutes = milliseconds / 60'000 % 60;
  if (hours > 0) text += std::to_string(hours) + "h";
  if (hours > 0 || minutes > 0) text += std::to_string(minutes) + "m";
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%gs",
                static_cast<double>(milliseconds % 60'000) / 1000.0);
  return text + seconds;
}

Reply refuse_for_quota(const Platform& platform, const Standing& standing, std::string_view model,
                       WallMs now) {
  const Hit hit{standing, model, now};
  const auto slug = platform.slug;
  if (slug == "groq") return groq(hit);
  if (slug == "google") return google(hit);
  if (slug == "openrouter") return openrouter(hit);
  if (slug == "github") return github(hit);
  if (slug == "cerebras") return cerebras(hit);
  if (slug == "cohere") return cohere(hit);
  if (slug == "cloudflare") return cloudflare(hit);
  if (slug == "zhipu") return zhipu(hit);
  if (slug == "ollama") return ollama(hit);
  if (slug == "nvidia") return plain("nvidia", "", "", "Too Many Requests");
  return generic(slug, hit);
}

HeaderList quota_headers(const Platform& platform, const std::vector<Standing>& standings,
                         WallMs now) {
  HeaderList headers;
  for (const auto& standing : standings) add_headers(platform.slug, standing, now, headers);
  return headers;
}

}  // namespace simulator
