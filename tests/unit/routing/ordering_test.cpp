#include <gtest/gtest.h>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

/// Three platforms, one model each, in the order a, b, c.
World three() {
  World world;
  for (const char* name : {"a", "b", "c"}) world.model(world.platform(name), name);
  return world;
}

void fail_once(Bench& bench, const chat::UpstreamFailure& how) {
  auto planner = bench.begin();
  ASSERT_TRUE(std::holds_alternative<Attempt>(planner.next(bench.clock.now())));
  planner.sent(bench.clock.now());
  planner.failed(how, {}, bench.clock.now());
}

int penalty_of(const Bench& bench, int model) {
  for (const auto& row : bench.router.snapshot(*bench.index, bench.clock.now()).models) {
    if (row.model.value == model) return row.penalty;
  }
  return -1;
}

TEST(Ordering, FollowsTheFallbackOrder) {
  Bench bench{three()};

  EXPECT_EQ(bench.serve()->model->upstream_id, "a");
}

TEST(Ordering, APenalisedModelStepsBehindThoseWithinItsPoints) {
  Bench bench{three()};
  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 1s));

  bench.clock.advance(2s);

  EXPECT_EQ(bench.serve()->model->upstream_id, "b");
}

TEST(Ordering, TheTopModelComesBackWhenItsPenaltyHasDecayed) {
  Bench bench{three()};
  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 1s));

  bench.clock.advance(4min - 1ms);
  EXPECT_EQ(bench.serve()->model->upstream_id, "b");
  bench.clock.advance(1ms);

  EXPECT_EQ(bench.serve()->model->upstream_id, "a")
      << "one point left: a tie, which the fallback order wins";
}

TEST(Ordering, OneKeysRateLimitDoesNotPenaliseAModelWhoseSiblingServes) {
  World world;
  world.model(world.platform("a", {.keys = 2}), "a");
  world.model(world.platform("b"), "b");
  Bench bench{world};

  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 30s));

  EXPECT_EQ(penalty_of(bench, 1), 0);
  EXPECT_EQ(bench.serve()->model->upstream_id, "a");
}

TEST(Ordering, ThePenaltyComesWhenTheLastKeyIsRefused) {
  World world;
  world.model(world.platform("a", {.keys = 2}), "a");
  Bench bench{world};

  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 30s));
  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 30s));

  EXPECT_EQ(penalty_of(bench, 1), 3);
}

TEST(Ordering, PenaltiesAreCappedAtTen) {
  World world;
  world.model(world.platform("a"), "a");
  Bench bench{world};
  for (int i = 0; i < 6; ++i) {
    fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 1s));
    bench.router.clear({Scope::platform, {PlatformId{1}, {}, {}}}, ClearWhat::cooldown,
                       bench.clock.now());
  }

  EXPECT_EQ(penalty_of(bench, 1), 10);
}

TEST(Ordering, ASuccessTakesOnePointOff) {
  Bench bench{three()};
  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 1s));
  bench.clock.advance(2s);

  bench.serve(Bench::ask("a"));

  EXPECT_EQ(penalty_of(bench, 1), 2);
}

TEST(Ordering, TheClientsOwnFaultPenalisesAndBenchesNothing) {
  for (const auto kind :
       {FailureClass::bad_request, FailureClass::content_policy, FailureClass::too_large}) {
    Bench bench{three()};
    fail_once(bench, failure(kind, Scope::platform, 400));

    EXPECT_EQ(penalty_of(bench, 1), 0);
    EXPECT_TRUE(bench.router.snapshot(*bench.index, bench.clock.now()).cooldowns.empty());
    EXPECT_EQ(bench.serve()->model->upstream_id, "a");
  }
}

TEST(Ordering, AClientThatLeavesBenchesNothing) {
  Bench bench{three()};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));

  planner.client_gone(bench.clock.now());

  EXPECT_TRUE(bench.router.snapshot(*bench.index, bench.clock.now()).cooldowns.empty());
  EXPECT_EQ(penalty_of(bench, 1), 0);
}

TEST(Ordering, TheKeyWithTheMostHeadroomServes) {
  World world;
  world.model(world.platform("a", {.keys = 2}), "a", {.limits = {rpm(10)}});
  Bench bench{world};

  EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, 1));
  EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, 2));
  EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, 1));
}

TEST(Ordering, AmongEqualKeysTheOneUsedLongestAgoServes) {
  World world;
  world.model(world.platform("a", {.keys = 3}), "a");
  Bench bench{world};

  for (const int expected : {1, 2, 3, 1, 2}) {
    EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, expected));
    bench.clock.advance(1s);
  }
}

TEST(Ordering, HeadroomCountsTokensToo) {
  World world;
  world.model(world.platform("a", {.keys = 2}), "a", {.limits = {rpm(100), tpm(10'000)}});
  Bench bench{world};
  bench.serve(Bench::ask("auto", 4000, 500), 4500);

  EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, 2));
  EXPECT_EQ(bench.serve()->key->id, key_of(PlatformId{1}, 2))
      << "one request and few tokens: still the fuller one";
}

TEST(Ordering, APinnedModelNeverBecomesAnother) {
  Bench bench{three()};
  fail_once(bench, failure(FailureClass::rate_limited, Scope::model_key, 429, 30s));

  const auto error = bench.refusal(Bench::ask("a/a"));

  EXPECT_EQ(error.http_status, 429);
}

TEST(Ordering, ALogicalModelMovesBetweenThePlatformsThatServeIt) {
  World world;
  world.model(world.platform("a"), "a-llama", {.limits = {rpm(1)}, .logical = "llama"});
  world.model(world.platform("b"), "b-other");
  world.model(world.platform("c"), "c-llama", {.logical = "llama"});
  Bench bench{world};

  EXPECT_EQ(bench.serve(Bench::ask("llama"))->model->upstream_id, "a-llama");
  EXPECT_EQ(bench.serve(Bench::ask("llama"))->model->upstream_id, "c-llama");
}

World measured() {
  World world;
  world.model(world.platform("a"), "slow-and-wise", {.intelligence = 1, .speed = 10});
  world.model(world.platform("b"), "quick-and-simple", {.intelligence = 10, .speed = 1});
  return world;
}

TEST(Strategies, RankByTheCatalogBeforeAnythingIsMeasured) {
  auto options = Bench::plain_options();
  options.strategy = Strategy::fastest;
  Bench fastest{measured(), options};
  options.strategy = Strategy::smartest;
  Bench smartest{measured(), options};

  EXPECT_EQ(fastest.serve()->model->upstream_id, "quick-and-simple");
  EXPECT_EQ(smartest.serve()->model->upstream_id, "slow-and-wise");
}

TEST(Strategies, FastestFollowsWhatWasMeasured) {
  auto options = Bench::plain_options();
  options.strategy = Strategy::fastest;
  Bench bench{measured(), options};
  for (int i = 0; i < 10; ++i) {
    auto slow = bench.begin(Bench::ask("quick-and-simple"));
    static_cast<void>(slow.next(bench.clock.now()));
    slow.succeeded(used(100), {.first_token = 9s, .total = 20s}, bench.clock.now());
    auto quick = bench.begin(Bench::ask("slow-and-wise"));
    static_cast<void>(quick.next(bench.clock.now()));
    quick.succeeded(used(1000), {.first_token = 100ms, .total = 1s}, bench.clock.now());
  }

  EXPECT_EQ(bench.serve()->model->upstream_id, "slow-and-wise");
}

TEST(Strategies, ReliableLeavesAModelThatFails) {
  auto options = Bench::plain_options();
  options.strategy = Strategy::reliable;
  Bench bench{three(), options};
  const auto first = bench.serve()->model->upstream_id;
  for (int i = 0; i < 3; ++i) {
    auto planner = bench.begin(Bench::ask(first));
    static_cast<void>(planner.next(bench.clock.now()));
    planner.failed(failure(FailureClass::model_slip), {}, bench.clock.now());
  }

  EXPECT_NE(bench.serve()->model->upstream_id, first);
}

TEST(Strategies, MeasurementsAreForgotten) {
  auto options = Bench::plain_options();
  options.strategy = Strategy::reliable;
  Bench bench{three(), options};
  auto planner = bench.begin(Bench::ask("a"));
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::model_slip), {}, bench.clock.now());
  const auto after = bench.serve()->model->upstream_id;

  bench.clock.advance(72h);

  EXPECT_EQ(after, "b");
  EXPECT_GT(bench.router.snapshot(*bench.index, bench.clock.now()).models[0].success_rate, 0.89);
}

}  // namespace
}  // namespace freellm::routing::testing
