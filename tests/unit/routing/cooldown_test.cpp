#include "freellm/routing/cooldown.hpp"

#include <gtest/gtest.h>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

constexpr Now kNow{SteadyTime{1000h},
                   std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h};

Millis length(FailureClass kind, int strikes, std::optional<Millis> stated = {}) {
  const auto plan = plan_cooldown(failure(kind, Scope::model_key, 429, stated), strikes, {}, kNow);
  return plan ? plan->length : Millis{0};
}

TEST(CooldownPlan, BelievesTheProvidersTime) {
  EXPECT_EQ(length(FailureClass::rate_limited, 1, 7'660ms), 7'660ms);
  EXPECT_EQ(length(FailureClass::rate_limited, 1, 2h), 2h);
}

TEST(CooldownPlan, ClampsAnAbsurdTimeToADay) {
  EXPECT_EQ(length(FailureClass::rate_limited, 1, 24h * 365), 24h);
  EXPECT_EQ(length(FailureClass::rate_limited, 1, -5s), 1s);
}

TEST(CooldownPlan, OwnGuessesStartAtNinetySecondsAndEndAtTenMinutes) {
  EXPECT_EQ(length(FailureClass::rate_limited, 1), 90s);
  EXPECT_EQ(length(FailureClass::rate_limited, 2), 2min);
  EXPECT_EQ(length(FailureClass::rate_limited, 3), 10min);
  EXPECT_EQ(length(FailureClass::rate_limited, 50), 10min);
}

TEST(CooldownPlan, StatedTimesThatKeepProvingTooShortAreStretched) {
  EXPECT_EQ(length(FailureClass::rate_limited, 2, 1s), 1s);
  EXPECT_EQ(length(FailureClass::rate_limited, 3, 1s), 10s);
  EXPECT_EQ(length(FailureClass::rate_limited, 4, 1s), 20s);
  EXPECT_EQ(length(FailureClass::rate_limited, 99, 1s), 10min);
}

TEST(CooldownPlan, ASpentDayLastsUntilItsDayEnds) {
  const auto midnight = std::chrono::sys_days{std::chrono::year{2026} / 6 / 16};

  const auto plan = plan_cooldown(failure(FailureClass::daily_quota), 1, midnight, kNow);

  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->length, 12h);
  EXPECT_TRUE(plan->stated);
}

TEST(CooldownPlan, ASpentDayOfUnknownLengthIsAskedAboutEveryTenMinutes) {
  EXPECT_EQ(length(FailureClass::daily_quota, 1), 10min);
  EXPECT_EQ(length(FailureClass::daily_quota, 9), 10min);
}

TEST(CooldownPlan, ASpentMonthIsLookedAtOnceADay) {
  EXPECT_EQ(length(FailureClass::monthly_quota, 1), 24h);
}

TEST(CooldownPlan, TimeOutsNeverClimbTheQuotaLadder) {
  EXPECT_EQ(length(FailureClass::timed_out, 1), 30s);
  EXPECT_EQ(length(FailureClass::timed_out, 99), 90s);
}

TEST(CooldownPlan, FaultsDoubleUpToTenMinutes) {
  EXPECT_EQ(length(FailureClass::provider_error, 1), 30s);
  EXPECT_EQ(length(FailureClass::provider_error, 2), 60s);
  EXPECT_EQ(length(FailureClass::provider_error, 99), 10min);
}

TEST(CooldownPlan, StandingConditionsGrowOnlyAsProbesConfirmThem) {
  EXPECT_EQ(length(FailureClass::not_on_tier, 1), 10min);
  EXPECT_EQ(length(FailureClass::not_on_tier, 4), 24h);
}

TEST(CooldownPlan, ClientFaultsBenchNothing) {
  for (const auto kind :
       {FailureClass::bad_request, FailureClass::content_policy, FailureClass::too_large,
        FailureClass::model_slip, FailureClass::dead_turn, FailureClass::client_gone}) {
    EXPECT_EQ(length(kind, 1, 10s), 0ms) << chat::to_string(kind);
  }
}

TEST(Cooldown, NeverShortensALongerOne) {
  Cooldown cooldown;
  cooldown.start(failure(FailureClass::rate_limited), 1h, true, kNow);

  cooldown.start(failure(FailureClass::rate_limited), 5s, true, kNow);

  EXPECT_EQ(cooldown.until(), kNow.steady + 1h);
}

TEST(Cooldown, KeepsTimeOutsApartFromRateLimits) {
  Cooldown cooldown;
  for (int i = 0; i < 5; ++i) cooldown.strike(FailureClass::timed_out, kNow.steady);

  EXPECT_EQ(cooldown.strike(FailureClass::rate_limited, kNow.steady), 1);
}

TEST(Cooldown, ForgetsStrikesAfterAnHour) {
  Cooldown cooldown;
  cooldown.strike(FailureClass::rate_limited, kNow.steady);
  cooldown.strike(FailureClass::rate_limited, kNow.steady + 59min);

  EXPECT_EQ(cooldown.strike(FailureClass::rate_limited, kNow.steady + 58min + 2h), 1);
}

TEST(Cooldown, ASuccessClearsTheLadder) {
  Cooldown cooldown;
  cooldown.strike(FailureClass::rate_limited, kNow.steady);
  cooldown.start(failure(FailureClass::rate_limited), 90s, false, kNow);

  cooldown.on_success(kNow.steady + 91s);

  EXPECT_EQ(cooldown.strike(FailureClass::rate_limited, kNow.steady + 2min), 1);
}

TEST(Cooldown, AnOlderRequestsSuccessSaysNothing) {
  Cooldown cooldown;
  cooldown.start(failure(FailureClass::rate_limited), 90s, false, kNow);

  cooldown.on_success(kNow.steady - 1s);

  EXPECT_EQ(cooldown.phase(kNow.steady), Cooldown::Phase::active);
}

/// A platform in trouble ahead of one that works.
struct Recovery : ::testing::Test {
  Recovery() {
    auto planner = bench.begin();
    static_cast<void>(planner.next(bench.clock.now()));
    planner.failed(failure(FailureClass::rate_limited, Scope::platform, 429, 30s), {},
                   bench.clock.now());
    bench.router.clear({Scope::model, {PlatformId{1}, ModelId{1}, {}}}, ClearWhat::penalty,
                       bench.clock.now());
    bench.clock.advance(30s);
  }
  static World world() {
    World world;
    world.model(world.platform("a"), "a");
    world.model(world.platform("b"), "b");
    return world;
  }
  Bench bench{world()};
};

TEST_F(Recovery, OneRequestProbesWhileTheOthersKeepAway) {
  auto probe = bench.begin();
  const auto first = attempt_of(probe.next(bench.clock.now()));
  auto other = bench.begin();

  EXPECT_EQ(first.model->upstream_id, "a");
  EXPECT_TRUE(first.probe);
  EXPECT_EQ(model_of(other.next(bench.clock.now())), "b");
}

TEST_F(Recovery, AfterTheProbeSucceedsEveryoneFollows) {
  EXPECT_EQ(bench.serve()->model->upstream_id, "a");

  const auto next = bench.serve();

  EXPECT_EQ(next->model->upstream_id, "a");
  EXPECT_FALSE(next->probe);
}

TEST_F(Recovery, AFailedProbeStartsTheNextCooldown) {
  auto probe = bench.begin();
  static_cast<void>(probe.next(bench.clock.now()));
  probe.failed(failure(FailureClass::rate_limited, Scope::platform, 429), {}, bench.clock.now());

  bench.clock.advance(2min - 1ns);
  EXPECT_EQ(bench.serve()->model->upstream_id, "b") << "second strike: two minutes";
}

TEST_F(Recovery, AnAbandonedProbeLetsTheNextRequestProbe) {
  {
    auto probe = bench.begin();
    static_cast<void>(probe.next(bench.clock.now()));
  }

  const auto next = bench.serve();

  EXPECT_EQ(next->model->upstream_id, "a");
  EXPECT_TRUE(next->probe);
}

TEST_F(Recovery, AProbeThatNeverReportsIsTakenForLost) {
  auto probe = bench.begin();
  static_cast<void>(probe.next(bench.clock.now()));
  bench.clock.advance(60s);

  EXPECT_EQ(bench.serve()->model->upstream_id, "a");
}

TEST_F(Recovery, WithNothingElseLeftOthersFollowTheProbeAtOnce) {
  auto probe = bench.begin();
  static_cast<void>(probe.next(bench.clock.now()));

  const auto other = bench.serve(Bench::ask("a"));

  ASSERT_TRUE(other);
  EXPECT_TRUE(other->last_resort);
}

TEST(Cooldowns, AreListedWithCauseAndClearedByHand) {
  Bench bench{Recovery::world()};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::daily_quota, Scope::model_key, 429, 6h), {},
                 bench.clock.now());
  const auto listed = bench.router.snapshot(*bench.index, bench.clock.now()).cooldowns;
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].cause, FailureClass::daily_quota);
  EXPECT_TRUE(listed[0].stated);
  EXPECT_EQ(listed[0].until - listed[0].since, 6h);
  EXPECT_EQ(listed[0].message, "the provider's words");

  EXPECT_TRUE(bench.router.clear(listed[0].of, ClearWhat::everything, bench.clock.now()));

  EXPECT_EQ(bench.serve(Bench::ask("a"))->model->upstream_id, "a");
  EXPECT_TRUE(bench.router.snapshot(*bench.index, bench.clock.now()).cooldowns.empty());
}

TEST(Cooldowns, ClearingWhatDoesNotExistSaysSo) {
  Bench bench{Recovery::world()};

  EXPECT_FALSE(bench.router.clear({Scope::platform, {PlatformId{99}, {}, {}}},
                                  ClearWhat::everything, bench.clock.now()));
}

}  // namespace
}  // namespace freellm::routing::testing
