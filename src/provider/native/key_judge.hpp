#pragma once
// The verdict on a key by the rows of a quirk set. Pure and thread-safe.

#include <cstddef>
#include <string_view>

#include "freellm/provider/adapter.hpp"
#include "freellm/provider/quirks.hpp"

namespace freellm::provider::native {

/// What the answer to probe number `probe` of the set says; see judge_probe().
[[nodiscard]] KeyCheck judge_key(const QuirkSet& quirks, std::size_t probe, int status,
                                 std::string_view body);

}  // namespace freellm::provider::native
