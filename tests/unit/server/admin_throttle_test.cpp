#include "freellm/server/admin/throttle.hpp"

#include <gtest/gtest.h>

namespace freellm::server::admin {
namespace {

using namespace std::chrono_literals;

TEST(LoginThrottle, LetsTheFirstFailuresPass) {
  ManualClock clock;
  LoginThrottle throttle;

  for (int i = 0; i < LoginThrottle::kFreeFailures - 1; ++i)
    throttle.failed("a", clock.now().steady);

  EXPECT_FALSE(throttle.wait("a", true, clock.now().steady));
}

TEST(LoginThrottle, DoublesTheWaitWithEveryFurtherFailure) {
  ManualClock clock;
  LoginThrottle throttle;
  for (int i = 0; i < LoginThrottle::kFreeFailures; ++i) throttle.failed("a", clock.now().steady);

  EXPECT_EQ(throttle.wait("a", true, clock.now().steady), Millis{1s});
  throttle.failed("a", clock.now().steady);
  EXPECT_EQ(throttle.wait("a", true, clock.now().steady), Millis{2s});
  clock.advance(2s);
  EXPECT_FALSE(throttle.wait("a", true, clock.now().steady));
}

TEST(LoginThrottle, ASuccessForgivesTheAddress) {
  ManualClock clock;
  LoginThrottle throttle;
  for (int i = 0; i < 10; ++i) throttle.failed("a", clock.now().steady);

  throttle.succeeded("a");

  EXPECT_FALSE(throttle.wait("a", true, clock.now().steady));
}

TEST(LoginThrottle, ManyAddressesTogetherAreSlowedButTheOwnMachineIsNot) {
  ManualClock clock;
  LoginThrottle throttle;
  for (int i = 0; i < 60; ++i) throttle.failed(std::to_string(i), clock.now().steady);

  EXPECT_TRUE(throttle.wait("fresh", false, clock.now().steady));
  EXPECT_FALSE(throttle.wait("fresh", true, clock.now().steady));
}

}  // namespace
}  // namespace freellm::server::admin
