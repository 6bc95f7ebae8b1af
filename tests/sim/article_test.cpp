// The run that made the case for such programs: 100 requests, 0.2 s apart, `auto`. The first model
// has 61 requests left, the second 4; one connection breaks. Through the same router, on simulated
// time.
#include <gtest/gtest.h>

#include "unit/routing/kit.hpp"

namespace freellm::sim {
namespace {

using namespace routing;
using namespace routing::testing;

struct Outcome {
  int answered = 0;
  int rate_limited_upstream = 0;
  int fallback_attempts = 0;
  std::vector<std::pair<std::string, int>> phases;  ///< model, requests in a row
};

Outcome article_run(const World& world) {
  Bench bench{world, routing::RoutingOptions{}};
  std::map<std::string, std::int64_t> left = {{"first", 61}, {"second", 4}};
  Outcome run;
  for (int i = 1; i <= 100; ++i) {
    auto planner = bench.begin();
    bool broke = false;
    for (;;) {
      const auto step = planner.next(bench.clock.now());
      const auto attempt = attempt_of(step);
      if (attempt.model == nullptr) break;
      planner.sent(bench.clock.now());
      if (i == 66 && !broke) {
        broke = true;
        planner.failed(failure(FailureClass::connect_failed, Scope::platform), {},
                       bench.clock.now());
        continue;
      }
      const auto& name = attempt.model->upstream_id;
      if (left.contains(name) && --left[name] < 0) {
        ++run.rate_limited_upstream;
        planner.failed(failure(FailureClass::rate_limited, Scope::model_key, 429), {},
                       bench.clock.now());
        continue;
      }
      planner.succeeded(used(150), {}, bench.clock.now());
      ++run.answered;
      if (run.phases.empty() || run.phases.back().first != name) run.phases.emplace_back(name, 0);
      ++run.phases.back().second;
      break;
    }
    run.fallback_attempts += planner.failed_attempts();
    bench.clock.advance(200ms);
  }
  return run;
}

TEST(ArticleRun, ForeseenSwitchesCostNothingAndTheBrokenConnectionIsNotSeen) {
  World world;
  world.model(world.platform("a"), "first", {.limits = {rpd(61)}});
  world.model(world.platform("b"), "second", {.limits = {rpm(4)}});
  world.model(world.platform("c"), "third");
  world.model(world.platform("d"), "fourth");

  const Outcome run = article_run(world);

  EXPECT_EQ(run.answered, 100);
  EXPECT_EQ(run.rate_limited_upstream, 0);
  EXPECT_EQ(run.fallback_attempts, 1) << "the broken connection, and nothing else";
  const std::vector<std::pair<std::string, int>> phases = {
      {"first", 61}, {"second", 4}, {"fourth", 35}};
  EXPECT_EQ(run.phases, phases);
}

TEST(ArticleRun, WithOnePlatformLeftTheBrokenConnectionIsTriedAgain) {
  World world;
  world.model(world.platform("a"), "first", {.limits = {rpd(61)}});
  world.model(world.platform("b"), "second", {.limits = {rpm(4)}});
  world.model(world.platform("c"), "third");

  const Outcome run = article_run(world);

  EXPECT_EQ(run.answered, 100);
  EXPECT_EQ(run.fallback_attempts, 1);
}

TEST(ArticleRun, LimitsNobodyConfiguredCostOneAttemptEach) {
  World world;
  world.model(world.platform("a"), "first");
  world.model(world.platform("b"), "second");
  world.model(world.platform("c"), "third");
  world.model(world.platform("d"), "fourth");

  const Outcome run = article_run(world);

  EXPECT_EQ(run.answered, 100);
  EXPECT_EQ(run.rate_limited_upstream, 1)
      << "the second model's connection broke before it ran dry";
  EXPECT_EQ(run.fallback_attempts, 2);
}

}  // namespace
}  // namespace freellm::sim
