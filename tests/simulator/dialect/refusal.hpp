#pragma once
// How each platform says no: status, headers and body in its own shape. Pure functions.
// Bodies follow the platforms' documentation and answers quoted in public, 2026-11.

#include <string>

#include "core/limits.hpp"
#include "core/platform.hpp"
#include "io/script.hpp"

namespace simulator {

enum class Reason {
  bad_key,
  missing_key,
  unknown_model,
  bad_request,    ///< malformed or contradictory
  unknown_field,  ///< a member the platform does not know
  bad_tool_id,
  context_too_long,  ///< prompt beyond the model's window
  request_too_large,
  no_credit,
  tier_not_allowed,
  content_refused,
  overloaded,
  internal,
  model_gone,
  not_found,
};

struct Problem {
  Reason reason = Reason::bad_request;
  std::string detail;  ///< what was wrong, in the platform's words where it has some
  std::string param;
};

[[nodiscard]] Reply refuse(const Platform& platform, const Problem& problem,
                           std::string_view model);

/// A 429 for the limit that was hit.
[[nodiscard]] Reply refuse_for_quota(const Platform& platform, const Standing& standing,
                                     std::string_view model, WallMs now);

/// Rate-limit headers a platform puts on every answer.
[[nodiscard]] HeaderList quota_headers(const Platform& platform,
                                       const std::vector<Standing>& standings, WallMs now);

/// Throws std::invalid_argument for a word that names none.
[[nodiscard]] Reason parse_reason(std::string_view word);

/// "2m59.56s", as Go prints durations.
[[nodiscard]] std::string go_duration(std::int64_t milliseconds);

}  // namespace simulator
