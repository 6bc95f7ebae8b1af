#include <algorithm>

#include "mutation.hpp"
#include "state.hpp"

namespace freellm::routing::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto kMemory = 26h;  // the longest day there is, and a little
constexpr WallTime::duration kNoise = 100ms;

WallTime::rep offset_of(WallTime wall, SteadyTime steady) {
  return (wall.time_since_epoch() -
          std::chrono::duration_cast<WallTime::duration>(steady.time_since_epoch()))
      .count();
}

}  // namespace

WallTime::duration ClockLag::at(Now now) {
  if (MUTATED(new_day_on_backward_step)) return {};
  const auto offset = offset_of(now.wall, now.steady);
  const auto ahead = ahead_.load(std::memory_order_relaxed);
  const WallTime::duration lag{ahead == std::numeric_limits<WallTime::rep>::min() ? -1
                                                                                  : ahead - offset};
  const auto steady = now.steady.time_since_epoch().count();
  const SteadyTime::duration since{steady - confirmed_.load(std::memory_order_relaxed)};
  if (lag < kNoise || since > kMemory) {
    // Written seldom: the clocks run alike, and this line is shared by every worker.
    if (lag.count() < 0 || since > 1min) {
      ahead_.store(offset, std::memory_order_relaxed);
      confirmed_.store(steady, std::memory_order_relaxed);
    }
    return {};
  }
  return std::min<WallTime::duration>(lag, kMemory);
}

void ClockLag::has_been(WallTime at, Now now) {
  if (at <= now.wall) return;
  static_cast<void>(this->at({now.steady, at}));
}

}  // namespace freellm::routing::detail
