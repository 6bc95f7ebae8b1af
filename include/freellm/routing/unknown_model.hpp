#pragma once

#include <string_view>

#include "freellm/base/error.hpp"

namespace freellm::routing {

class RouteIndex;

/// 404 for a model name that nothing goes by, with the name that was probably meant. Thread-safe;
/// the work is bounded whatever the name's length.
[[nodiscard]] Error unknown_model(const RouteIndex& index, std::string_view name);

}  // namespace freellm::routing
