// Six platforms of which five fail three calls in ten, at random and in every way; one is healthy.
// Ten thousand requests: not one failure may reach a client.
#include <gtest/gtest.h>

#include <cstdio>

#include "freellm/base/random.hpp"
#include "unit/routing/kit.hpp"

namespace freellm::sim {
namespace {

using namespace routing;
using namespace routing::testing;

chat::UpstreamFailure some_failure(SeededRandom& random) {
  switch (random.below(5)) {
    case 0:
      return failure(FailureClass::rate_limited, Scope::model_key, 429);
    case 1:
      return failure(FailureClass::provider_error, Scope::platform, 503);
    case 2:
      return failure(FailureClass::connect_failed, Scope::platform);
    case 3:
      return failure(FailureClass::timed_out, Scope::model);
    default:
      return failure(FailureClass::provider_error, Scope::platform, 200);
  }
}

TEST(Storm, NoFailureReachesAClientWhileOnePlatformIsHealthy) {
  SeededRandom random{2026};
  World world;
  for (int p = 0; p < 6; ++p)
    world.model(world.platform("p" + std::to_string(p)), "m" + std::to_string(p));
  Bench bench{world, routing::RoutingOptions{}};
  int failures = 0;
  int attempts = 0;
  std::size_t healthy = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (i % 50 == 0) healthy = random.below(6);  // which one is healthy changes
    auto planner = bench.begin();
    auto step = planner.next(bench.clock.now());
    for (; std::holds_alternative<Attempt>(step); step = planner.next(bench.clock.now())) {
      ++attempts;
      const auto platform = static_cast<std::size_t>(attempt_of(step).platform->id.value - 1);
      planner.sent(bench.clock.now());
      if (platform == healthy || random.uniform01() > 0.3) {
        planner.succeeded(used(100), {}, bench.clock.now());
        break;
      }
      planner.failed(some_failure(random), {}, bench.clock.now());
    }
    failures += std::holds_alternative<GiveUp>(step) ? 1 : 0;
    bench.clock.advance(std::chrono::milliseconds{static_cast<std::int64_t>(random.below(500))});
  }

  std::printf("10000 requests, %d attempts, %.1f %% wasted\n", attempts,
              100.0 * (attempts - 10'000) / attempts);
  EXPECT_EQ(failures, 0);
  EXPECT_LT(attempts, 12'500) << "a router without memory would need 13 000 to 14 000";
}

}  // namespace
}  // namespace freellm::sim
