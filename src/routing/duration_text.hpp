#pragma once
// How long something lasts, as people say it. Private to routing.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "freellm/base/clock.hpp"

namespace freellm::routing {

/// "90 s", "5 min", "3 h 20 min"; rounded up.
inline std::string duration_text(SteadyTime::duration left) {
  const auto whole =
      std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(left).count());
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 7'200) return std::to_string((whole + 59) / 60) + " min";
  const auto minutes = (whole + 59) / 60;
  const auto rest = minutes % 60 == 0 ? "" : " " + std::to_string(minutes % 60) + " min";
  return std::to_string(minutes / 60) + " h" + rest;
}

}  // namespace freellm::routing
