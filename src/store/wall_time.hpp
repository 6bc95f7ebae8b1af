#pragma once
// Wall time as the database keeps it: whole milliseconds since 1970. Private to the store.

#include <chrono>
#include <cstdint>
#include <optional>

#include "freellm/base/clock.hpp"

namespace freellm::store {

inline std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}
inline WallTime from_ms(std::int64_t ms) {
  return WallTime{std::chrono::duration_cast<WallTime::duration>(Millis{ms})};
}
inline std::optional<WallTime> from_ms(std::optional<std::int64_t> ms) {
  if (!ms) return std::nullopt;
  return from_ms(*ms);
}

inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

/// The start of the `width`-long UTC bucket that holds `ms`; also right before 1970.
inline std::int64_t floor_to(std::int64_t ms, std::int64_t width) {
  const std::int64_t rest = ms % width;
  return ms - rest - (rest < 0 ? width : 0);
}

}  // namespace freellm::store
