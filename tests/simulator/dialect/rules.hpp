#pragma once
// What each platform refuses in a request. Pure functions.

#include <optional>
#include <string_view>

#include "dialect/refusal.hpp"

namespace simulator {

/// The platform's first objection to `body`; nothing when it would serve it.
[[nodiscard]] std::optional<Problem> check_request(const Platform& platform, std::string_view path,
                                                   const Json& body, bool is_anonymous);

}  // namespace simulator
