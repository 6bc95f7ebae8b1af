#include "freellm/proxy/record_budget.hpp"

#include <gtest/gtest.h>

namespace freellm::proxy {
namespace {

using namespace std::chrono_literals;

TEST(RecordBudget, GivesOutItsShareOfEverySecond) {
  RecordBudget budget;
  const SteadyTime start{1000h};
  const auto taken_at = [&](SteadyTime now) {
    int taken = 0;
    for (int i = 0; i < 3 * RecordBudget::kPerSecond; ++i) taken += budget.take(now) ? 1 : 0;
    return taken;
  };

  EXPECT_EQ(taken_at(start), RecordBudget::kPerSecond);
  EXPECT_EQ(taken_at(start + 999ms), 0);
  EXPECT_EQ(taken_at(start + 1s), RecordBudget::kPerSecond);
}

}  // namespace
}  // namespace freellm::proxy
