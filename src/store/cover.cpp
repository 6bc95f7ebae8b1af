#include "freellm/store/cover.hpp"

#include <algorithm>

#include "wall_time.hpp"

namespace freellm::store {
namespace {

std::int64_t ceil_to(std::int64_t ms, std::int64_t width) {
  const std::int64_t floor = floor_to(ms, width);
  return floor == ms ? ms : floor + width;
}

/// The finest width whose cells are kept at `ms`.
std::int64_t finest(std::int64_t ms, CellsSince since) {
  if (ms >= since.minutes) return kMinuteMs;
  return ms >= since.hours ? kHourMs : kDayMs;
}

}  // namespace

Pieces cover(std::int64_t from, std::int64_t until, CellsSince since) {
  if (until <= from) return {};
  from = floor_to(from, finest(from, since));
  // At the cell before the end, not after it: a bucket that ends where the finer ones begin is
  // whole.
  until = ceil_to(until, finest(until - 1, since));

  const std::int64_t first_hour = std::min(ceil_to(from, kHourMs), until);
  const std::int64_t last_hour = std::max(floor_to(until, kHourMs), first_hour);
  const std::int64_t first_day = std::min(ceil_to(first_hour, kDayMs), last_hour);
  const std::int64_t last_day = std::max(floor_to(last_hour, kDayMs), first_day);
  return {{{Span::minute, from, first_hour},
           {Span::hour, first_hour, first_day},
           {Span::day, first_day, last_day},
           {Span::hour, last_day, last_hour},
           {Span::minute, last_hour, until}}};
}

}  // namespace freellm::store
