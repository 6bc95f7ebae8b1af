#pragma once
// Token counts of one answer, as the OpenAI API names them.

#include <cstdint>

namespace freellm::chat {

/// What a provider claims beyond this is noise, and sums of it must not overflow.
inline constexpr std::int64_t kMostTokens = 1'000'000'000;

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;  ///< includes reasoning tokens
  std::int64_t total_tokens = 0;
  std::int64_t cached_tokens = 0;     ///< part of prompt_tokens; 0 = none or unknown
  std::int64_t reasoning_tokens = 0;  ///< part of completion_tokens; 0 = none or unknown
  bool estimated = false;             ///< upstream reported nothing: these are our own estimate
  bool operator==(const Usage&) const = default;
};

}  // namespace freellm::chat
