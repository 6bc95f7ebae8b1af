#include "chat/usage_json.hpp"

#include <cstdint>

namespace freellm::chat {

void append_usage(std::string& out, const Usage& usage) {
  const auto number = [&](const char* before, std::int64_t value) {
    out += before;
    out += std::to_string(value);
  };
  number("{\"prompt_tokens\":", usage.prompt_tokens);
  number(",\"completion_tokens\":", usage.completion_tokens);
  number(",\"total_tokens\":", usage.total_tokens);
  number(",\"prompt_tokens_details\":{\"cached_tokens\":", usage.cached_tokens);
  number("},\"completion_tokens_details\":{\"reasoning_tokens\":", usage.reasoning_tokens);
  out += "}}";
}

}  // namespace freellm::chat
