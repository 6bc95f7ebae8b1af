#pragma once
// How much a model gives away in a month, as its limits let one suppose. Pure.

#include <cstdint>
#include <optional>

#include "freellm/catalog/types.hpp"

namespace freellm::catalog {

/// What a request counts for where only requests are limited: a supposition, not a measurement.
inline constexpr std::int64_t kTokensPerRequest = 1'000;

/// Tokens that one key of `platform` gives with `model` in 30 days: the tightest of the limits on
/// tokens and requests, the platform's shared ones included. Limits of a minute and less say
/// nothing about a month. nullopt when no other is known.
[[nodiscard]] std::optional<std::int64_t> monthly_tokens(const Platform& platform,
                                                         const Model& model);

}  // namespace freellm::catalog
