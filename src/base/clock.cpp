#include "freellm/base/clock.hpp"

namespace freellm {
namespace {

constexpr Millis kLookAgain{1};

struct Seen {
  SteadyTime steady = SteadyTime::min();
  WallTime wall;
};
thread_local constinit Seen seen;

}  // namespace

Now RealClock::now() const {
  const auto steady = std::chrono::steady_clock::now();
  if (steady >= seen.steady + kLookAgain) seen = {steady, std::chrono::system_clock::now()};
  return {steady, seen.wall + std::chrono::duration_cast<WallTime::duration>(steady - seen.steady)};
}

}  // namespace freellm
