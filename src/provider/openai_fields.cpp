// finish_reason and usage, under the many names providers have for them.

#include <algorithm>
#include <array>

#include "freellm/wire/json_scan.hpp"
#include "provider/openai_event.hpp"

namespace freellm::provider {

using chat::FinishReason;

namespace {

std::int64_t count_of(std::string_view value) {
  return std::clamp<std::int64_t>(wire::json_int(value).value_or(0), 0, chat::kMostTokens);
}

void read_usage_details(std::string_view object, chat::Usage& usage) {
  for (const auto& [name, value] : wire::members_of(object)) {
    if (name == "cached_tokens") usage.cached_tokens = count_of(value);
    if (name == "reasoning_tokens") usage.reasoning_tokens = count_of(value);
  }
}

}  // namespace

std::optional<FinishReason> finish_reason_of(std::string_view sent) {
  struct Word {
    std::string_view name;
    FinishReason reason;
  };
  // model_length: Mistral; model_context_window_exceeded, sensitive: Zhipu; the rest: gateways that
  // pass their upstream's words on.
  static constexpr std::array kWords{
      Word{"stop", FinishReason::stop},
      Word{"tool_calls", FinishReason::tool_calls},
      Word{"length", FinishReason::length},
      Word{"content_filter", FinishReason::content_filter},
      Word{"function_call", FinishReason::tool_calls},
      Word{"tool_use", FinishReason::tool_calls},
      Word{"model_length", FinishReason::length},
      Word{"max_tokens", FinishReason::length},
      Word{"model_context_window_exceeded", FinishReason::length},
      Word{"sensitive", FinishReason::content_filter},
      Word{"safety", FinishReason::content_filter},
      Word{"", FinishReason::none},
  };
  const auto* word =
      std::find_if(kWords.begin(), kWords.end(), [&](const auto& w) { return w.name == sent; });
  if (word != kWords.end()) return word->reason;
  if (sent == "error" || sent == "network_error" || sent == "abort") return std::nullopt;
  return FinishReason::stop;
}

bool read_usage(std::string_view object, chat::Usage& usage) {
  usage = {};
  for (const auto& [name, value] : wire::members_of(object)) {
    if (name == "prompt_tokens" || name == "input_tokens") {
      usage.prompt_tokens = count_of(value);
    } else if (name == "completion_tokens" || name == "output_tokens") {
      usage.completion_tokens = count_of(value);
    } else if (name == "total_tokens") {
      usage.total_tokens = count_of(value);
    } else if (name == "prompt_tokens_details" || name == "completion_tokens_details" ||
               name == "input_tokens_details" || name == "output_tokens_details") {
      read_usage_details(value, usage);
    } else if (name == "reasoning_tokens") {
      usage.reasoning_tokens = count_of(value);
    }
  }
  // A cut stream is sometimes closed with zeros: that is "unknown", not "free".
  if (usage.prompt_tokens == 0 && usage.completion_tokens == 0 && usage.total_tokens == 0)
    return false;
  const auto sum = usage.prompt_tokens + usage.completion_tokens;
  if (usage.total_tokens < sum) usage.total_tokens = sum;
  return true;
}

}  // namespace freellm::provider
