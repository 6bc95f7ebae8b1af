#pragma once
// What failures and successes do to cooldowns and penalties, and what of it is to be journalled.
// All of it under the platform's mutex.

#include <optional>
#include <vector>

#include "freellm/routing/journal.hpp"
#include "planner_state.hpp"

namespace freellm::routing::detail {

/// Benches the scope that failed; nullopt when the failure benches nothing.
[[nodiscard]] std::optional<CooldownEntry> start_cooldown(PlannerState& state,
                                                          const chat::UpstreamFailure& failure,
                                                          Now now);
/// A success ends what was known about the lane's scopes before it began.
void end_cooldowns(PlannerState& state, Now now, std::vector<CooldownEntry>& out);

/// Demotes the model, unless a sibling key still serves.
[[nodiscard]] std::optional<PenaltyEntry> penalize(PlannerState& state,
                                                   const RouteIndex::Model& model,
                                                   const FailureRule& rule, Now now);
[[nodiscard]] PenaltyEntry penalty_entry(const RouteIndex::Model& model, Now now);

}  // namespace freellm::routing::detail
