#pragma once
// What tokens would have cost elsewhere. An estimate for people, nothing is decided by it.

#include <cstdint>

namespace freellm::server::admin {

// One reference price for all models: OpenAI's list price of gpt-4o-mini (0.15 and 0.60 USD per
// million, price list of 2024-07), a low one, so that what is shown as saved is not flattery.
[[nodiscard]] constexpr double cost_usd(std::int64_t prompt_tokens,
                                        std::int64_t completion_tokens) {
  return static_cast<double>(prompt_tokens) * 0.15e-6 +
         static_cast<double>(completion_tokens) * 0.60e-6;
}

}  // namespace freellm::server::admin
