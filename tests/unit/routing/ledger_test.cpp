// Quota as the router keeps it: every dimension, every scope, never one request too many.
#include <gtest/gtest.h>

#include "freellm/base/random.hpp"
#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

World one(std::vector<Limit> limits, std::vector<Limit> shared = {}, int keys = 1) {
  World world;
  world.model(world.platform("a", {.keys = keys, .limits = std::move(shared)}), "m",
              {.limits = std::move(limits)});
  return world;
}

int served_at_once(Bench& bench, const RequestFacts& facts = Bench::ask(), int tries = 100) {
  int served = 0;
  for (int i = 0; i < tries; ++i) served += bench.serve(facts, 200) ? 1 : 0;
  return served;
}

TEST(QuotaLedger, RefusesTheRequestThatWouldExceedRpm) {
  Bench bench{one({rpm(30)})};

  EXPECT_EQ(served_at_once(bench), 30);
}

TEST(QuotaLedger, RefusesTheRequestThatWouldExceedAnyOfItsLimits) {
  Bench bench{one({rpm(30), rpd(20), tpm(6'000), tpd(2'400)})};

  EXPECT_EQ(served_at_once(bench), 12) << "2400 tokens a day at 200 each";
}

TEST(QuotaLedger, ARefusedRequestBooksNothing) {
  Bench bench{one({rpm(30), tpm(500)})};
  EXPECT_EQ(served_at_once(bench), 2);

  const auto snapshot = bench.router.snapshot(*bench.index, bench.clock.now());

  EXPECT_EQ(snapshot.counters[0].used, 2);
  EXPECT_EQ(snapshot.counters[1].used, 400);
}

TEST(QuotaLedger, FreesAMinuteSlotSixtySecondsAfterUse) {
  Bench bench{one({rpm(1)})};
  ASSERT_TRUE(bench.serve());

  bench.clock.advance(59s);
  EXPECT_FALSE(bench.serve());
  bench.clock.advance(2s);
  EXPECT_TRUE(bench.serve());
}

TEST(QuotaLedger, SettlingReplacesTheEstimate) {
  Bench bench{one({tpm(1'000)})};
  ASSERT_TRUE(bench.serve(Bench::ask("auto", 500, 400), 300));

  EXPECT_EQ(bench.router.snapshot(*bench.index, bench.clock.now()).counters[0].used, 300);
}

TEST(QuotaLedger, UsageBeyondTheEstimateIsCounted) {
  Bench bench{one({tpm(1'000)})};
  ASSERT_TRUE(bench.serve(Bench::ask("auto", 100, 100), 950));

  EXPECT_FALSE(bench.serve());
}

TEST(QuotaLedger, WithoutReportedUsageTheEstimateStands) {
  Bench bench{one({tpm(1'000)})};
  ASSERT_TRUE(bench.serve(Bench::ask("auto", 500, 400), 0));

  EXPECT_EQ(bench.router.snapshot(*bench.index, bench.clock.now()).counters[0].used, 900);
}

TEST(QuotaLedger, AHugeAnswerAllowanceOnASmallPromptStillRoutes) {
  Bench bench{one({tpm(1'000)})};

  EXPECT_TRUE(bench.serve(Bench::ask("auto", 50, 2'000), 80));
}

TEST(QuotaLedger, APromptBeyondATokenLimitIsToldToGoElsewhereNotToComeBack) {
  Bench bench{one({tpm(1'000)})};

  const auto error = bench.refusal(Bench::ask("auto", 1'001, 10));

  EXPECT_EQ(error.http_status, 400);
  EXPECT_EQ(error.code, "context_length_exceeded");
  EXPECT_FALSE(error.retry_after);
}

TEST(QuotaLedger, WhatNeverReachedTheProviderIsRefunded) {
  Bench bench{one({rpm(30), tpm(6'000)})};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));

  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, bench.clock.now());

  const auto snapshot = bench.router.snapshot(*bench.index, bench.clock.now());
  EXPECT_EQ(snapshot.counters[0].used, 0);
  EXPECT_EQ(snapshot.counters[1].used, 0);
}

TEST(QuotaLedger, WhateverWentWrongBeforeItWasSentIsRefunded) {
  for (const auto cause :
       {FailureClass::timed_out, FailureClass::bad_key, FailureClass::bad_request}) {
    Bench bench{one({rpm(30), tpm(6'000)})};
    auto planner = bench.begin();
    static_cast<void>(planner.next(bench.clock.now()));

    planner.failed(failure(cause), {}, bench.clock.now());

    const auto snapshot = bench.router.snapshot(*bench.index, bench.clock.now());
    EXPECT_EQ(snapshot.counters[0].used, 0) << to_string(cause);
    EXPECT_EQ(snapshot.counters[1].used, 0) << to_string(cause);
  }
}

TEST(QuotaLedger, AConnectionThatBrokeAfterTheRequestWasSentCounts) {
  Bench bench{one({rpm(30), tpm(6'000)})};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.sent(bench.clock.now());

  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, bench.clock.now());

  const auto snapshot = bench.router.snapshot(*bench.index, bench.clock.now());
  EXPECT_EQ(snapshot.counters[0].used, 1);
  EXPECT_EQ(snapshot.counters[1].used, 200);
}

TEST(QuotaLedger, ACountedFailureKeepsItsRequestButNotItsTokens) {
  Bench bench{one({rpm(30), tpm(6'000)})};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.sent(bench.clock.now());

  planner.failed(failure(FailureClass::provider_error, Scope::platform, 503), {},
                 bench.clock.now());

  const auto snapshot = bench.router.snapshot(*bench.index, bench.clock.now());
  EXPECT_EQ(snapshot.counters[0].used, 1);
  EXPECT_EQ(snapshot.counters[1].used, 0);
}

TEST(QuotaLedger, AnAbandonedLeaseCountsAsUsed) {
  Bench bench{one({rpm(1), tpm(6'000)})};
  {
    auto planner = bench.begin();
    static_cast<void>(planner.next(bench.clock.now()));
    planner.sent(bench.clock.now());
  }

  EXPECT_FALSE(bench.serve());
  EXPECT_EQ(bench.router.snapshot(*bench.index, bench.clock.now()).counters[1].used, 200);
}

TEST(QuotaLedger, AnAbandonedLeaseAgesOut) {
  Bench bench{one({rpm(1), in_flight(1)})};
  {
    auto planner = bench.begin();
    static_cast<void>(planner.next(bench.clock.now()));
  }
  bench.clock.advance(61s);

  EXPECT_TRUE(bench.serve());
}

TEST(QuotaLedger, AKeysLimitIsSharedByItsModels) {
  World world;
  const auto a = world.platform("a", {.keys = 2, .limits = {rpm(3, Scope::key)}});
  world.model(a, "m1");
  world.model(a, "m2");
  Bench bench{world};

  EXPECT_EQ(served_at_once(bench, Bench::ask("m1"), 4), 4);
  EXPECT_EQ(served_at_once(bench, Bench::ask("m2"), 4), 2) << "two keys of three requests each";
}

TEST(QuotaLedger, APlatformsLimitIsSharedByItsKeys) {
  Bench bench{one({}, {rpm(3, Scope::platform)}, 4)};

  EXPECT_EQ(served_at_once(bench), 3);
}

TEST(QuotaLedger, AModelKeyLimitIsEachKeysOwn) {
  Bench bench{one({rpm(3)}, {}, 4)};

  EXPECT_EQ(served_at_once(bench), 12);
}

TEST(QuotaLedger, OtherPlatformsAnonymousKeysAreNotShared) {
  World world;
  world.model(world.platform("a", {.keys = 0, .limits = {rpm(1, Scope::key)}, .keyless = true}),
              "m1");
  world.model(world.platform("b", {.keys = 0, .limits = {rpm(1, Scope::key)}, .keyless = true}),
              "m2");
  Bench bench{world};

  EXPECT_EQ(served_at_once(bench), 2);
}

TEST(QuotaLedger, ConcurrencyIsHeldWhileARequestRuns) {
  Bench bench{one({}, {in_flight(2)})};
  auto first = bench.begin();
  auto second = bench.begin();
  ASSERT_TRUE(std::holds_alternative<Attempt>(first.next(bench.clock.now())));
  ASSERT_TRUE(std::holds_alternative<Attempt>(second.next(bench.clock.now())));
  bench.clock.advance(5min);
  EXPECT_FALSE(bench.serve());

  first.succeeded(used(10), {}, bench.clock.now());

  EXPECT_TRUE(bench.serve());
}

TEST(QuotaLedger, ASlowConnectHoldsTheSlotUntilAMinuteAfterTheRequestWasSent) {
  auto options = Bench::plain_options();
  options.dispatch_allowance = 12s;
  Bench bench{one({rpm(1)}), options};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  bench.clock.advance(8s);
  planner.sent(bench.clock.now());
  bench.clock.advance(1s);
  planner.succeeded(used(10), {}, bench.clock.now());

  bench.clock.advance(58s);
  EXPECT_FALSE(bench.serve()) << "the provider saw it 59 s ago";
  bench.clock.advance(1s + 500ms);
  EXPECT_TRUE(bench.serve());
}

TEST(QuotaLedger, CarriesOverAReload) {
  const auto world = one({rpm(3)});
  Bench bench{world};
  EXPECT_EQ(served_at_once(bench, Bench::ask(), 2), 2);

  bench.index = bench.router.attach(world.table(), Bench::plain_options());

  EXPECT_EQ(served_at_once(bench), 1);
}

TEST(QuotaLedger, AReloadedLimitAppliesToWhatWasAlreadyUsed) {
  Bench bench{one({rpm(30)})};
  EXPECT_EQ(served_at_once(bench, Bench::ask(), 5), 5);

  bench.index = bench.router.attach(one({rpm(6)}).table(), Bench::plain_options());

  EXPECT_EQ(served_at_once(bench), 1);
}

TEST(QuotaLedger, ABackwardStepOfTheWallClockGivesNoSecondDay) {
  Bench bench{one({rpd(2, DayReset::utc)})};
  ASSERT_EQ(served_at_once(bench), 2);
  const auto before = bench.clock.now().wall;
  bench.clock.set_wall(before - 48h);

  EXPECT_FALSE(bench.serve());
}

TEST(QuotaLedger, ALimitOfZeroNeverServes) {
  Bench bench{one({rpd(0)})};

  EXPECT_FALSE(bench.serve());
}

// The instant next_available() names is right to the tick, for every kind of limit.
struct ExactCase {
  const char* name;
  std::vector<Limit> limits;
};

class NextAvailable : public ::testing::TestWithParam<ExactCase> {};

TEST_P(NextAvailable, IsExactToTheTick) {
  SeededRandom random{7};
  Bench bench{one(GetParam().limits)};
  const Candidate candidate{PlatformId{1}, ModelId{1}, key_of(PlatformId{1})};
  for (int round = 0; round < 30; ++round) {
    while (bench.serve(Bench::ask("auto", 300, 0), 300)) {
      bench.clock.advance(
          std::chrono::microseconds{static_cast<std::int64_t>(random.below(3'000'000))});
    }
    const auto verdict =
        bench.router.next_available(*bench.index, candidate, 300, bench.clock.now());
    ASSERT_EQ(verdict.kind, VerdictKind::quota);
    ASSERT_NE(verdict.free_at, SteadyTime::max());

    bench.clock.advance(verdict.free_at - bench.clock.now().steady - 1ns);
    ASSERT_FALSE(bench.serve(Bench::ask("auto", 300, 0), 300)) << "a tick before, round " << round;
    bench.clock.advance(1ns);
    ASSERT_TRUE(bench.serve(Bench::ask("auto", 300, 0), 300)) << "at the instant, round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Limits, NextAvailable,
    ::testing::Values(ExactCase{"rpm", {rpm(5)}}, ExactCase{"tpm", {tpm(2'000)}},
                      ExactCase{"rpd_sliding", {rpd(20)}},
                      ExactCase{"rpd_utc", {rpd(20, DayReset::utc)}},
                      ExactCase{"rpd_pacific", {rpd(20, DayReset::pacific)}},
                      ExactCase{"tpd_utc", {tpd(5'000, DayReset::utc)}},
                      ExactCase{"together",
                                {rpm(5), tpm(2'000), rpd(50), tpd(20'000, DayReset::pacific)}}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace freellm::routing::testing
