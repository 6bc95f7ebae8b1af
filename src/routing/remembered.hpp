#pragma once
// RememberedRefusal: why a lane last refused, for as long as that holds. Most candidates of a
// decision refuse for the reason they had in the last one; then they cost a comparison.
//
// It lives in the lane of a RouteIndex, under the platform's mutex.

#include <cstdint>

#include "freellm/base/clock.hpp"
#include "freellm/routing/quota.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing::detail {

/// Cooldowns and quota of one lane.
struct LaneVerdict {
  Verdict verdict;
  float headroom = 0;
  bool is_soft = false;  ///< blocked by nothing but our own guess or a running probe
};

struct RememberedRefusal {
  LaneVerdict verdict;
  std::uint64_t revision = 0;  ///< PlatformState::revision it was found at; 0 = nothing remembered
  SteadyTime until{};          ///< nothing changes by itself before
  SteadyTime::duration offset{};  ///< wall clock - steady clock: calendar windows hang on it
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t token_room = 0;  ///< holds for every request of up to so many tokens

  [[nodiscard]] bool holds(std::uint64_t current, const QuotaNeed& need, Now now) const {
    return revision == current && now.steady < until && is_same_offset(now) &&
           (need.tokens() <= token_room ||
            (need.prompt_tokens == prompt_tokens && need.output_tokens == output_tokens));
  }
  [[nodiscard]] static SteadyTime::duration offset_of(Now now) {
    return now.wall.time_since_epoch() - now.steady.time_since_epoch();
  }

 private:
  /// Two clocks are never read at the very same instant, and they drift.
  [[nodiscard]] bool is_same_offset(Now now) const {
    constexpr std::chrono::milliseconds kNoise{5};
    const auto moved = offset_of(now) - offset;
    return moved <= kNoise && moved >= -kNoise;
  }
};

}  // namespace freellm::routing::detail
