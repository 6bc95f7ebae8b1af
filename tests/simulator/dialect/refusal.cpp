#include "dialect/refusal.hpp"

#include <array>
#include <stdexcept>

#include "dialect/refusal_shape.hpp"

namespace simulator {
namespace {

/// One platform's way to give one reason. "{m}" is the model, "{d}" the detail. The rows of slug ""
/// hold for platforms without one of their own.
struct Row {
  std::string_view slug;
  Reason reason;
  int status;
  std::string_view type;
  std::string_view code;
  std::string_view message;
};

constexpr auto kRows = std::to_array<Row>({
    {"google", Reason::bad_key, 400, "INVALID_ARGUMENT", "API_KEY_INVALID",
     "API key not valid. Please pass a valid API key."},
    {"google", Reason::missing_key, 403, "PERMISSION_DENIED", "",
     "Method doesn't allow unregistered callers (callers without established identity). Please use "
     "API Key or other form of API consumer identity to call this API."},
    {"google", Reason::unknown_model, 404, "NOT_FOUND", "",
     "models/{m} is not found for API version v1beta, or is not supported for generateContent. "
     "Call ListModels to see the list of available models and their supported methods."},
    {"google", Reason::bad_request, 400, "INVALID_ARGUMENT", "", "{d}"},
    {"google", Reason::context_too_long, 400, "INVALID_ARGUMENT", "",
     "The input token count ({d}) exceeds the maximum number of tokens allowed (1048576)."},
    {"google", Reason::overloaded, 503, "UNAVAILABLE", "",
     "The model is overloaded. Please try again later."},
    {"google", Reason::internal, 500, "INTERNAL", "", "An internal error has occurred."},
    {"groq", Reason::bad_key, 401, "invalid_request_error", "invalid_api_key", "Invalid API Key"},
    {"groq", Reason::unknown_model, 404, "invalid_request_error", "model_not_found",
     "The model `{m}` does not exist or you do not have access to it."},
    {"groq", Reason::unknown_field, 400, "invalid_request_error", "", "{d}"},
    {"groq", Reason::request_too_large, 413, "tokens", "rate_limit_exceeded",
     "Request too large for model `{m}` in organization `org_sim` service tier `on_demand` on "
     "tokens per minute (TPM): {d}, please reduce your message size and try again."},
    {"groq", Reason::model_gone, 400, "invalid_request_error", "model_decommissioned",
     "The model `{m}` has been decommissioned and is no longer supported."},
    {"cerebras", Reason::bad_key, 401, "invalid_request_error", "wrong_api_key", "Wrong API Key"},
    {"cerebras", Reason::unknown_model, 404, "not_found_error", "model_not_found",
     "Model {m} does not exist or you do not have access to it."},
    {"cerebras", Reason::overloaded, 429, "too_many_requests_error", "queue_exceeded",
     "We're experiencing high traffic right now! Please try again soon."},
    {"openrouter", Reason::bad_key, 401, "", "", "User not found."},
    {"openrouter", Reason::missing_key, 401, "", "", "Missing Authentication header"},
    {"openrouter", Reason::unknown_model, 404, "", "", "No endpoints found for {m}."},
    {"openrouter", Reason::context_too_long, 400, "", "",
     "This endpoint's maximum context length is 131072 tokens. However, you requested about {d} "
     "tokens."},
    {"openrouter", Reason::no_credit, 402, "", "",
     "Insufficient credits. Add more using https://openrouter.ai/credits"},
    {"github", Reason::bad_key, 401, "", "unauthorized", "Bad credentials"},
    {"github", Reason::unknown_model, 400, "", "unknown_model", "Unknown model: {m}"},
    {"github", Reason::request_too_large, 413, "", "tokens_limit_reached",
     "Request body too large for {m} model. Max size: 8000 tokens."},
    {"github", Reason::context_too_long, 413, "", "tokens_limit_reached",
     "Request body too large for {m} model. Max size: 8000 tokens."},
    {"github", Reason::tier_not_allowed, 403, "", "no_access", "No access to model: {m}"},
    {"github", Reason::content_refused, 400, "", "content_filter",
     "The response was filtered due to the prompt triggering the content management policy."},
    {"sambanova", Reason::bad_key, 401, "invalid_request_error", "invalid_api_key",
     "Incorrect API key provided."},
    {"sambanova", Reason::no_credit, 402, "insufficient_quota", "payment_required",
     "Your credits have expired. Add a payment method to continue."},
    {"sambanova", Reason::model_gone, 410, "invalid_request_error", "model_gone",
     "Model {m} has been retired."},
    {"mistral", Reason::bad_key, 401, "", "", "Invalid API Key"},
    {"mistral", Reason::missing_key, 401, "", "", "Unauthorized"},
    {"mistral", Reason::unknown_model, 400, "invalid_model", "1500", "Invalid model: {m}"},
    {"mistral", Reason::unknown_field, 422, "extra_forbidden", "", "{d}"},
    {"mistral", Reason::bad_tool_id, 400, "invalid_request_function_call", "3280", "{d}"},
    {"mistral", Reason::bad_request, 400, "invalid_request_message_order", "3230", "{d}"},
    {"mistral", Reason::tier_not_allowed, 403, "tier_not_allowed", "1910",
     "The model {m} is not available in your current plan."},
    {"mistral", Reason::overloaded, 429, "service_tier_capacity_exceeded", "3505",
     "Service tier capacity exceeded for this model."},
    {"cohere", Reason::bad_key, 401, "", "", "invalid api token"},
    {"cohere", Reason::missing_key, 401, "", "", "no api key supplied"},
    {"cohere", Reason::unknown_model, 404, "", "",
     "model '{m}' not found, make sure the correct model ID was used and that you have access to "
     "the model."},
    {"cohere", Reason::context_too_long, 400, "TOO_MANY_TOKENS", "",
     "too many tokens: size limit exceeded by {d} tokens. Try using shorter or fewer inputs."},
    {"cohere", Reason::bad_request, 400, "", "", "invalid request: {d}"},
    {"cohere", Reason::unknown_field, 400, "", "", "invalid request: {d}"},
    {"cloudflare", Reason::bad_key, 401, "", "10000", "Authentication error"},
    {"cloudflare", Reason::missing_key, 401, "", "10000", "Authentication error"},
    {"cloudflare", Reason::unknown_model, 400, "", "5007", "No such model {m} or task"},
    {"cloudflare", Reason::bad_request, 400, "", "5006", "AiError: Bad input: Error: {d}"},
    {"cloudflare", Reason::context_too_long, 413, "", "3006",
     "AiError: The estimated number of input and maximum output tokens ({d}) exceeded this model "
     "context window limit."},
    {"cloudflare", Reason::overloaded, 429, "", "3040",
     "Capacity temporarily exceeded, please try again."},
    {"cloudflare", Reason::internal, 500, "", "3043", "AiError: Internal server error"},
    {"cloudflare", Reason::tier_not_allowed, 403, "", "5018",
     "This account is not allowed to access this model."},
    {"cloudflare", Reason::not_found, 404, "", "7003",
     "Could not route to the requested path, perhaps your object identifier is invalid?"},
    {"zhipu", Reason::bad_key, 401, "", "1000", "Authentication Failed"},
    {"zhipu", Reason::missing_key, 401, "", "1001",
     "Header中未收到Authorization参数，无法进行身份验证。"},
    {"zhipu", Reason::unknown_model, 400, "", "1211", "模型不存在，请检查模型代码。"},
    {"zhipu", Reason::bad_request, 400, "", "1214", "{d}"},
    {"zhipu", Reason::unknown_field, 400, "", "1210", "{d}"},
    {"zhipu", Reason::context_too_long, 400, "", "1261", "Prompt exceeds max length"},
    {"zhipu", Reason::no_credit, 429, "", "1113",
     "Insufficient balance or no resource package. Please recharge."},
    {"zhipu", Reason::content_refused, 400, "", "1301",
     "系统检测到输入或生成内容可能包含不安全或敏感内容"},
    {"zhipu", Reason::overloaded, 429, "", "1305",
     "The service may be temporarily overloaded, please try again later"},
    {"nvidia", Reason::bad_key, 401, "", "", "Authentication failed"},
    {"nvidia", Reason::missing_key, 401, "", "", "Header of type `authorization` was missing"},
    {"nvidia", Reason::unknown_model, 404, "", "",
     "Function 'f4e1c2d3-sim': Not found for account 'sim'"},
    {"nvidia", Reason::overloaded, 400, "", "",
     "Function id 'f4e1c2d3-sim': DEGRADED function cannot be invoked"},
    {"nvidia", Reason::model_gone, 410, "", "",
     "The model '{m}' has reached its end of life on 2026-09-01."},
    {"ollama", Reason::bad_key, 401, "api_error", "", "Unauthorized"},
    {"ollama", Reason::missing_key, 401, "api_error", "", "Unauthorized"},
    {"ollama", Reason::unknown_model, 404, "not_found_error", "", "model '{m}' not found"},
    {"ollama", Reason::context_too_long, 400, "api_error", "",
     "prompt too long; exceeded max context length by {d} tokens (ref: 5c1d)"},
    {"ollama", Reason::tier_not_allowed, 403, "api_error", "",
     "this model requires a subscription, upgrade for access: https://ollama.com/upgrade (ref: "
     "5c1d)"},
    {"pollinations", Reason::bad_key, 401, "", "UNAUTHORIZED",
     "Authentication required. Provide a valid API key."},
    {"pollinations", Reason::missing_key, 401, "", "UNAUTHORIZED",
     "Authentication required. Provide a valid API key."},
    {"pollinations", Reason::no_credit, 402, "", "PAYMENT_REQUIRED",
     "Insufficient pollen balance."},
    {"pollinations", Reason::tier_not_allowed, 403, "", "FORBIDDEN",
     "Model {m} is not allowed for this API key."},
    {"pollinations", Reason::bad_request, 400, "", "BAD_REQUEST", "{d}"},
    {"kilo", Reason::bad_key, 401, "", "", "Invalid token"},
    {"kilo", Reason::tier_not_allowed, 401, "", "PAID_MODEL_AUTH_REQUIRED",
     "You need to sign in to use this model."},
    {"kilo", Reason::no_credit, 402, "", "", "Credits required"},
    {"", Reason::bad_key, 401, "invalid_request_error", "invalid_api_key",
     "Incorrect API key provided."},
    {"", Reason::missing_key, 401, "invalid_request_error", "invalid_api_key",
     "You didn't provide an API key."},
    {"", Reason::unknown_model, 404, "invalid_request_error", "model_not_found",
     "The model `{m}` does not exist or you do not have access to it."},
    {"", Reason::bad_request, 400, "invalid_request_error", "", "{d}"},
    {"", Reason::unknown_field, 400, "invalid_request_error", "unknown_parameter", "{d}"},
    {"", Reason::bad_tool_id, 400, "invalid_request_error", "", "{d}"},
    {"", Reason::context_too_long, 400, "invalid_request_error", "context_length_exceeded",
     "This model's maximum context length is 131072 tokens. However, your messages resulted in {d} "
     "tokens. Please reduce the length of the messages."},
    {"", Reason::request_too_large, 413, "invalid_request_error", "request_too_large",
     "Request Entity Too Large"},
    {"", Reason::no_credit, 402, "insufficient_quota", "insufficient_quota",
     "You exceeded your current quota, please check your plan and billing details."},
    {"", Reason::tier_not_allowed, 403, "invalid_request_error", "model_not_allowed",
     "Your plan does not include the model {m}."},
    {"", Reason::content_refused, 400, "invalid_request_error", "content_filter",
     "The prompt was refused by the content policy."},
    {"", Reason::overloaded, 503, "server_error", "overloaded",
     "The server is overloaded or not ready yet."},
    {"", Reason::internal, 500, "server_error", "internal_error",
     "The server had an error while processing your request."},
    {"", Reason::model_gone, 410, "invalid_request_error", "model_gone",
     "The model {m} has been retired."},
    {"", Reason::not_found, 404, "invalid_request_error", "not_found", "Not Found"},
});

constexpr std::array<std::string_view, 15> kReasonWords{
    "bad_key",         "missing_key",      "unknown_model",     "bad_request", "unknown_field",
    "bad_tool_id",     "context_too_long", "request_too_large", "no_credit",   "tier_not_allowed",
    "content_refused", "overloaded",       "internal",          "model_gone",  "not_found"};

const Row& row_for(std::string_view slug, Reason reason) {
  const Row* fallback = &kRows.back();
  for (const auto& row : kRows) {
    if (row.reason != reason) continue;
    if (row.slug == slug) return row;
    if (row.slug.empty()) fallback = &row;
  }
  return *fallback;
}

std::string fill_in(std::string_view pattern, std::string_view model, std::string_view detail) {
  std::string out{pattern};
  for (const auto& [mark, value] : {std::pair{std::string_view{"{m}"}, model}, {"{d}", detail}})
    if (const auto at = out.find(mark); at != std::string::npos)
      out.replace(at, mark.size(), value);
  return out;
}

}  // namespace

Reason parse_reason(std::string_view word) {
  for (std::size_t i = 0; i < kReasonWords.size(); ++i)
    if (kReasonWords[i] == word) return static_cast<Reason>(i);
  throw std::invalid_argument("unknown reason \"" + std::string{word} + "\"");
}

Reply refuse(const Platform& platform, const Problem& problem, std::string_view model) {
  const auto& row = row_for(platform.slug, problem.reason);
  const Refusal refusal{row.status, std::string{row.type}, std::string{row.code},
                        fill_in(row.message, model, problem.detail), problem.param};
  return shape(platform.slug, refusal);
}

}  // namespace simulator
