#pragma once
// What tokens would have cost elsewhere, at a price that the owner has set: an estimate for people,
// nothing is decided by it. Without a price nothing is claimed.

#include <cstdint>

#include "freellm/server/admin/services.hpp"
#include "json.hpp"

namespace freellm::server::admin {

/// US dollars, or null when no price is set.
[[nodiscard]] inline Json cost_json(const ReferencePrice& price, std::int64_t prompt_tokens,
                                    std::int64_t completion_tokens) {
  if (!price.is_set()) return nullptr;
  return (static_cast<double>(prompt_tokens) * price.prompt_usd_per_million +
          static_cast<double>(completion_tokens) * price.completion_usd_per_million) /
         1e6;
}

}  // namespace freellm::server::admin
