#pragma once
// Consequence: what a failed attempt led to: what the request left out because of it, and what is
// benched or demoted for later ones. A value in the attempt's record; put into words when asked.

#include <cstdint>
#include <optional>
#include <string>

#include "freellm/base/clock.hpp"
#include "freellm/chat/upstream_failure.hpp"

namespace freellm::routing {

struct Consequence {
  /// Left out for the rest of the request.
  std::optional<chat::Scope> ruled_out;
  bool smaller_too = false;    ///< and every model with no larger a window
  bool second_chance = false;  ///< unless nothing else is left
  bool ended_request = false;  ///< nobody else was asked
  /// Benched for later requests as well.
  std::optional<chat::Scope> benched;
  Millis benched_for{};
  bool stated = false;  ///< the provider said for how long
  int penalty = 0;      ///< of the model from now on; 0 = it was not raised
};

/// "This key was left out for the rest of the request and rests for 2 min". No full stop at the
/// end; empty when there was no consequence.
[[nodiscard]] std::string describe(const Consequence& consequence);

}  // namespace freellm::routing
