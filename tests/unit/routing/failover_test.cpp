// What each class of failure rules out, for the request and for later ones.
#include <gtest/gtest.h>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

/// Platform a: two keys, models a1 and a2; platform b: one key, models b1 and b2.
World two_by_two() {
  World world;
  const auto a = world.platform("a", {.keys = 2});
  const auto b = world.platform("b");
  world.model(a, "a1", {.window = 8'000});
  world.model(a, "a2", {.window = 8'000});
  world.model(b, "b1", {.window = 4'000});
  world.model(b, "b2", {.window = 32'000});
  return world;
}

/// Fails the first attempt as told and returns the next step's "model#key".
std::string after(Bench& bench, AttemptPlanner& planner, const chat::UpstreamFailure& how) {
  static_cast<void>(planner.next(bench.clock.now()));
  planner.sent(bench.clock.now());
  planner.failed(how, {}, bench.clock.now());
  const auto attempt = attempt_of(planner.next(bench.clock.now()));
  if (attempt.model == nullptr) return "-";
  return attempt.model->upstream_id + "#" + std::to_string(attempt.key->id.value);
}

struct RuleCase {
  FailureClass kind;
  Scope scope;
  int status;
  const char* next;  ///< after a1#101
};

class FailoverRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(FailoverRule, GoesOnWithTheRightCandidate) {
  Bench bench{two_by_two()};
  auto planner = bench.begin();

  const auto next =
      after(bench, planner, failure(GetParam().kind, GetParam().scope, GetParam().status));

  EXPECT_EQ(next, GetParam().next);
}

INSTANTIATE_TEST_SUITE_P(
    Classes, FailoverRule,
    ::testing::Values(RuleCase{FailureClass::bad_key, Scope::key, 401, "a1#102"},
                      RuleCase{FailureClass::out_of_credit, Scope::key, 402, "a1#102"},
                      RuleCase{FailureClass::rate_limited, Scope::model_key, 429, "a1#102"},
                      RuleCase{FailureClass::rate_limited, Scope::model, 429, "a2#102"},
                      RuleCase{FailureClass::rate_limited, Scope::platform, 429, "b1#201"},
                      RuleCase{FailureClass::daily_quota, Scope::key, 429, "a1#102"},
                      RuleCase{FailureClass::provider_busy, Scope::model_key, 429, "a2#102"},
                      RuleCase{FailureClass::not_on_tier, Scope::model_key, 403, "a2#102"},
                      RuleCase{FailureClass::no_quota, Scope::model_key, 429, "a2#102"},
                      RuleCase{FailureClass::model_missing, Scope::model, 404, "a2#102"},
                      RuleCase{FailureClass::account_setting, Scope::model, 404, "a2#102"},
                      RuleCase{FailureClass::model_slip, Scope::request, 400, "a2#102"},
                      RuleCase{FailureClass::dead_turn, Scope::request, 200, "a2#102"},
                      RuleCase{FailureClass::provider_sick, Scope::model, 400, "a2#102"},
                      RuleCase{FailureClass::provider_error, Scope::model_key, 500, "b1#201"},
                      RuleCase{FailureClass::provider_error, Scope::model_key, 503, "b1#201"},
                      RuleCase{FailureClass::connect_failed, Scope::platform, 0, "b1#201"},
                      RuleCase{FailureClass::timed_out, Scope::model_key, 0, "b1#201"},
                      RuleCase{FailureClass::blocked_host, Scope::platform, 403, "b1#201"},
                      RuleCase{FailureClass::bad_request, Scope::request, 400, "b1#201"},
                      RuleCase{FailureClass::too_large, Scope::model, 413, "b2#201"},
                      RuleCase{FailureClass::content_policy, Scope::request, 403, "-"}),
    [](const auto& tested) {
      return std::string{chat::to_string(tested.param.kind)} + "_" +
             std::string{chat::to_string(tested.param.scope)} + "_" +
             std::to_string(tested.param.status);
    });

TEST(Failover, NeverTriesTheSameCandidateTwiceWhileAnotherIsLeft) {
  World world;
  for (int p = 0; p < 6; ++p) {
    const auto id = world.platform("p" + std::to_string(p));
    world.model(id, "m" + std::to_string(p));
  }
  Bench bench{world};
  auto planner = bench.begin();
  std::vector<std::string> tried;
  for (int i = 0; i < 6; ++i) {
    tried.push_back(model_of(planner.next(bench.clock.now())));
    planner.failed(failure(FailureClass::provider_error, Scope::platform, 502), {},
                   bench.clock.now());
  }

  EXPECT_EQ(tried, (std::vector<std::string>{"m0", "m1", "m2", "m3", "m4", "m5"}));
}

TEST(Failover, ABrokenConnectionOnTheLastPlatformIsTriedOnceMore) {
  World world;
  world.model(world.platform("only"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, bench.clock.now());

  const auto again = attempt_of(planner.next(bench.clock.now()));
  ASSERT_NE(again.model, nullptr);
  EXPECT_TRUE(again.last_resort);
  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, bench.clock.now());

  EXPECT_EQ(error_of(planner.next(bench.clock.now())).http_status, 502);
}

TEST(Failover, AKeyWhoseOwnProxyIsDownLeavesItsSiblingsAlone) {
  for (const auto kind : {FailureClass::connect_failed, FailureClass::timed_out}) {
    World world;
    const auto platform = world.platform("p", {.keys = 2});
    world.model(platform, "m");
    world.model(world.platform("other"), "o");
    Bench bench{world};
    auto planner = bench.begin();
    const auto first = attempt_of(planner.next(bench.clock.now()));
    planner.failed(failure(kind, Scope::key), {}, bench.clock.now());

    const auto second = attempt_of(planner.next(bench.clock.now()));
    ASSERT_NE(second.model, nullptr);
    EXPECT_EQ(second.candidate.platform, platform);
    EXPECT_NE(second.candidate.key, first.candidate.key);
    EXPECT_FALSE(second.last_resort);
  }
}

TEST(Failover, AWayOutThatIsBrokenIsNoMissOfTheModel) {
  World world;
  world.model(world.platform("p"), "m");
  Bench bench{world};
  const auto samples = [&bench] {
    return bench.router.snapshot(*bench.index, bench.clock.now()).models.at(0).samples;
  };
  auto of_key = failure(FailureClass::connect_failed, Scope::key);
  auto of_all = failure(FailureClass::timed_out, Scope::platform);
  of_all.at_proxy = true;
  for (const auto& broken : {of_key, of_all}) {
    auto planner = bench.begin();
    static_cast<void>(planner.next(bench.clock.now()));
    planner.failed(broken, {}, bench.clock.now());
    bench.router.clear_all(bench.clock.now());
  }
  EXPECT_EQ(samples(), 0U);

  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, bench.clock.now());
  EXPECT_EQ(samples(), 1U);
}

TEST(Failover, ATimeOutIsNotTriedAgainOnTheSamePlatform) {
  World world;
  world.model(world.platform("only"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::timed_out, Scope::model), {}, bench.clock.now());

  EXPECT_EQ(error_of(planner.next(bench.clock.now())).http_status, 504);
}

TEST(Failover, WhatOnlyOurOwnGuessBenchesServesWhenNothingElseIsLeft) {
  World world;
  world.model(world.platform("only"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::provider_error, Scope::platform, 500), {},
                 bench.clock.now());

  const auto next_request = bench.serve();

  ASSERT_TRUE(next_request);
  EXPECT_TRUE(next_request->last_resort);
}

TEST(Failover, AStatedRateLimitIsNeverOverridden) {
  World world;
  world.model(world.platform("only"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::rate_limited, Scope::model_key, 429, 7s), {},
                 bench.clock.now());

  EXPECT_FALSE(bench.serve());
  bench.clock.advance(7s - 1ns);
  EXPECT_FALSE(bench.serve());
  bench.clock.advance(1ns);
  EXPECT_TRUE(bench.serve());
}

TEST(Failover, StopsAtTheConfiguredNumberOfAttempts) {
  World world;
  for (int p = 0; p < 30; ++p)
    world.model(world.platform("p" + std::to_string(p)), "m" + std::to_string(p));
  Bench bench{world};
  auto planner = bench.begin();
  int attempts = 0;
  while (std::holds_alternative<Attempt>(planner.next(bench.clock.now()))) {
    ++attempts;
    planner.failed(failure(FailureClass::provider_error, Scope::platform, 500), {},
                   bench.clock.now());
  }

  EXPECT_EQ(attempts, 20);
  EXPECT_EQ(planner.failed_attempts(), 20);
}

TEST(Failover, OneTimeBudgetSpansAllAttempts) {
  auto options = Bench::plain_options();
  options.total_timeout = 10s;
  Bench bench{two_by_two(), options};
  auto planner = bench.begin();
  const auto first = attempt_of(planner.next(bench.clock.now()));
  EXPECT_EQ(first.deadline, bench.clock.now().steady + 10s);
  bench.clock.advance(10s);
  planner.failed(failure(FailureClass::timed_out, Scope::platform), {}, bench.clock.now());

  const auto error = error_of(planner.next(bench.clock.now()));

  EXPECT_EQ(error.http_status, 504);
  EXPECT_EQ(error.code, "upstream_timeout");
}

TEST(Failover, TooLargeSkipsEveryWindowThatIsNotLarger) {
  Bench bench{two_by_two()};
  auto planner = bench.begin();
  EXPECT_EQ(after(bench, planner, failure(FailureClass::too_large, Scope::model, 413)), "b2#201");
  planner.failed(failure(FailureClass::too_large, Scope::model, 413), {}, bench.clock.now());

  const auto error = error_of(planner.next(bench.clock.now()));

  EXPECT_EQ(error.http_status, 400);
  EXPECT_EQ(error.code, "context_length_exceeded");
}

TEST(Failover, ThreePlatformsThatDislikeTheRequestSettleIt) {
  World world;
  for (int p = 0; p < 6; ++p)
    world.model(world.platform("p" + std::to_string(p)), "m" + std::to_string(p));
  Bench bench{world};
  auto planner = bench.begin();
  int attempts = 0;
  Step step = planner.next(bench.clock.now());
  for (; std::holds_alternative<Attempt>(step); step = planner.next(bench.clock.now())) {
    ++attempts;
    planner.failed(failure(FailureClass::bad_request, Scope::request, 400), {}, bench.clock.now());
  }

  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(error_of(step).http_status, 400);
  EXPECT_EQ(error_of(step).message, "the provider's words");
}

TEST(Failover, ContentPolicyGoesToTheClientAtOnce) {
  Bench bench{two_by_two()};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::content_policy, Scope::request, 400), {}, bench.clock.now());

  const auto error = error_of(planner.next(bench.clock.now()));

  EXPECT_EQ(error.http_status, 403);
  EXPECT_EQ(error.code, "content_filter");
}

TEST(Failover, ABadKeyBenchesTheKeyAndNotItsSibling) {
  Bench bench{two_by_two()};
  auto planner = bench.begin();
  EXPECT_EQ(after(bench, planner, failure(FailureClass::bad_key, Scope::key, 401)), "a1#102");
  planner.succeeded(used(10), {}, bench.clock.now());

  EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, 2));
  const auto cooldowns = bench.router.snapshot(*bench.index, bench.clock.now()).cooldowns;
  ASSERT_EQ(cooldowns.size(), 1U);
  EXPECT_EQ(cooldowns[0].of.scope, Scope::key);
  EXPECT_EQ(cooldowns[0].of.candidate.key, key_of(PlatformId{1}, 1));
}

TEST(Failover, CountsOnlyFailedAttempts) {
  Bench bench{two_by_two()};
  auto planner = bench.begin();
  after(bench, planner, failure(FailureClass::provider_error, Scope::platform, 500));
  planner.succeeded(used(10), {}, bench.clock.now());

  EXPECT_EQ(planner.failed_attempts(), 1);
}

}  // namespace
}  // namespace freellm::routing::testing
