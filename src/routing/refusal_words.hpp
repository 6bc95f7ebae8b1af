#pragma once
// The longer texts of refusals. Pure over the planner's state.

#include <string>

#include "planner_state.hpp"

namespace freellm::routing::detail {

/// No key serves `name`: whose key would.
[[nodiscard]] std::string no_key_text(const PlannerState& state, const std::string& name);

/// The attempts grouped by what went wrong, each platform once in a group, about 300 bytes at most;
/// "" without attempts.
[[nodiscard]] std::string causes_of_attempts(const PlannerState& state);

}  // namespace freellm::routing::detail
