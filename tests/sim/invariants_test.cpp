#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "sim/day.hpp"

namespace freellm::sim {
namespace {

int seeds() {
  if (const char* asked = std::getenv("FREELLM_SIM_SEEDS")) return std::max(1, std::atoi(asked));
#ifdef NDEBUG
  return 1000;
#else
  return 60;
#endif
}

TEST(SimulatedDay, KeepsEveryInvariant) {
  Report all;
  for (int seed = 1; seed <= seeds(); ++seed) {
    const Report day = simulate_day(static_cast<std::uint64_t>(seed));
    for (const auto& text : day.first_breaches) ADD_FAILURE() << "seed " << seed << ": " << text;
    all.merge(day);
    if (all.total_breaches() > 20) break;
  }

  std::printf(
      "%d days: %d requests, %d served, %d refused (%d with an exact Retry-After check), %d client "
      "faults, %d left,\n"
      "%d attempts of which %d failed, %d kills, %d lulls checked\n",
      seeds(), all.requests, all.served, all.refused, all.refused_checked_exactly,
      all.client_faults, all.client_left, all.attempts, all.failed_attempts, all.restarts,
      all.lulls_checked);
  // The checks must have had something to check.
  EXPECT_GT(all.served, seeds() * 100);
  EXPECT_GT(all.refused, seeds());
  EXPECT_GT(all.refused_checked_exactly, 0);
  EXPECT_GT(all.lulls_checked, seeds());
  EXPECT_GT(all.restarts, 0);
}

}  // namespace
}  // namespace freellm::sim
