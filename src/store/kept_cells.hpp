#pragma once
// How long the finer rollup cells are kept. Private to the store.

#include "freellm/store/cover.hpp"
#include "wall_time.hpp"

namespace freellm::store {

// Minutes serve the "last day" view, hours the "last quarter"; days stay for good (a few hundred
// rows a day).
inline constexpr std::int64_t kMinuteCellsMs = 2 * kDayMs;
inline constexpr std::int64_t kHourCellsMs = 100 * kDayMs;

/// Since when a reader may count on them: a whole coarser bucket later than they are deleted.
inline CellsSince cells_since(WallTime now) {
  return {.minutes = to_ms(now) - kMinuteCellsMs + kHourMs,
          .hours = to_ms(now) - kHourCellsMs + kDayMs};
}

}  // namespace freellm::store
