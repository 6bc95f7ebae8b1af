// Sticky sessions and bounded waiting.
#include <gtest/gtest.h>

#include "freellm/routing/sticky.hpp"
#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

World three() {
  World world;
  const auto a = world.platform("a");
  world.model(a, "a1");
  world.model(world.platform("b"), "b1");
  world.model(a, "a2");
  return world;
}

RequestFacts turn(std::string_view message, bool later, bool tools = false) {
  auto facts = Bench::ask();
  facts.client_key = "client";
  facts.first_user_message = message;
  facts.assistant_turn = later;
  facts.tool_loop = tools;
  return facts;
}

/// Serves `facts` from b1, so that the session sticks to the second model.
void stick_to_b1(Bench& bench, RequestFacts facts) {
  facts.selector = "b1";
  ASSERT_TRUE(bench.serve(facts));
}

TEST(StickySession, ContinuesWithTheModelThatServedIt) {
  Bench bench{three()};
  stick_to_b1(bench, turn("hello", false));

  EXPECT_EQ(bench.serve(turn("hello", true))->model->upstream_id, "b1");
}

TEST(StickySession, IsReadOnlyWhenHistoryHoldsAnAnswer) {
  Bench bench{three()};
  stick_to_b1(bench, turn("hello", false));

  EXPECT_EQ(bench.serve(turn("hello", false))->model->upstream_id, "a1");
}

TEST(StickySession, DoesNotSpreadToAnotherConversationOrClient) {
  Bench bench{three()};
  stick_to_b1(bench, turn("hello", false));
  auto other_client = turn("hello", true);
  other_client.client_key = "someone else";

  EXPECT_EQ(bench.serve(turn("good day", true))->model->upstream_id, "a1");
  EXPECT_EQ(bench.serve(other_client)->model->upstream_id, "a1");
}

TEST(StickySession, TheClientsOwnSessionIdDecidesWhenSent) {
  Bench bench{three()};
  auto first = turn("hello", false);
  first.session_id = "s-1";
  stick_to_b1(bench, first);
  auto second = turn("something quite different", true);
  second.session_id = "s-1";

  EXPECT_EQ(bench.serve(second)->model->upstream_id, "b1");
}

TEST(StickySession, EndsHalfAnHourAfterTheLastSuccess) {
  Bench bench{three()};
  stick_to_b1(bench, turn("hello", false));
  bench.clock.advance(29min);
  EXPECT_EQ(bench.serve(turn("hello", true))->model->upstream_id, "b1");
  bench.clock.advance(29min);
  EXPECT_EQ(bench.serve(turn("hello", true))->model->upstream_id, "b1");

  bench.clock.advance(30min);

  EXPECT_EQ(bench.serve(turn("hello", true))->model->upstream_id, "a1");
}

TEST(StickySession, GivesWayWhenItsModelCannotServe) {
  Bench bench{three()};
  stick_to_b1(bench, turn("hello", false));
  auto planner = bench.begin(turn("hello", true));
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::rate_limited, Scope::model_key, 429, 30s), {},
                 bench.clock.now());

  EXPECT_EQ(model_of(planner.next(bench.clock.now())), "a1");
}

TEST(StickySession, DuringAToolLoopTheSamePlatformComesNext) {
  Bench bench{three()};
  auto facts = turn("hello", false);
  facts.selector = "a1";
  bench.serve(facts);
  auto planner = bench.begin(turn("hello", true, true));
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::rate_limited, Scope::model, 429, 30s), {},
                 bench.clock.now());

  EXPECT_EQ(model_of(planner.next(bench.clock.now())), "a2");
}

TEST(StickyKey, TellsFieldsApart) {
  EXPECT_NE(sticky_key("ab", "", "c"), sticky_key("a", "", "bc"));
  EXPECT_NE(sticky_key("a", "x", ""), sticky_key("a", "", "x"));
  EXPECT_EQ(sticky_key("a", "", "x"), sticky_key("a", "", "x"));
  EXPECT_FALSE(sticky_key("a", "", ""));
}

TEST(StickyKey, SeesLengthBeginningAndEndOfALongMessage) {
  const std::string base(32'000, 'x');
  std::string other_start = base;
  other_start[0] = 'y';
  std::string other_end = base;
  other_end.back() = 'y';

  EXPECT_NE(sticky_key("a", "", base), sticky_key("a", "", other_start));
  EXPECT_NE(sticky_key("a", "", base), sticky_key("a", "", other_end));
  EXPECT_NE(sticky_key("a", "", base), sticky_key("a", "", base + "x"));
}

TEST(StickyMap, ForgetsTheLeastRecentlyRefreshedWhenFull) {
  StickyMap map{2};
  const SteadyTime start{1h};
  const Candidate candidate{PlatformId{1}, ModelId{1}, KeyId{1}};
  map.remember({1, 1}, candidate, start + 30min);
  map.remember({2, 2}, candidate, start + 30min);
  map.remember({1, 1}, candidate, start + 31min);

  map.remember({3, 3}, candidate, start + 30min);

  EXPECT_EQ(map.size(), 2U);
  EXPECT_TRUE(map.find({1, 1}, start));
  EXPECT_FALSE(map.find({2, 2}, start));
}

World scarce() {
  World world;
  world.model(world.platform("a"), "m", {.limits = {rpm(1)}});
  return world;
}

RequestFacts patient(Millis max_wait) {
  auto facts = Bench::ask();
  facts.max_wait = max_wait;
  return facts;
}

Wait wait_of(const Step& step) {
  const auto* wait = std::get_if<Wait>(&step);
  return wait == nullptr ? Wait{} : *wait;
}

/// Sleeps as the proxy would, until the planner has something else to say; the time slept.
std::pair<Step, Millis> sleep_through(Bench& bench, AttemptPlanner& planner) {
  const auto began = bench.clock.now().steady;
  auto step = planner.next(bench.clock.now());
  while (const auto* wait = std::get_if<Wait>(&step)) {
    bench.clock.advance(wait->until - bench.clock.now().steady);
    step = planner.next(bench.clock.now());
  }
  return {step, std::chrono::duration_cast<Millis>(bench.clock.now().steady - began)};
}

TEST(BoundedWait, ServesInsteadOfRefusingWhenTheSlotComesInTime) {
  Bench bench{scarce()};
  bench.serve();
  auto planner = bench.begin(patient(90s));

  const auto [step, slept] = sleep_through(bench, planner);

  EXPECT_EQ(model_of(step), "m");
  EXPECT_GE(slept, 60s);
  EXPECT_LE(slept, 60'500ms);
}

TEST(BoundedWait, RefusesAtOnceWhenTheSlotComesTooLate) {
  Bench bench{scarce()};
  bench.serve();
  auto planner = bench.begin(patient(30s));

  EXPECT_EQ(error_of(planner.next(bench.clock.now())).http_status, 429);
}

TEST(BoundedWait, IsOffUnlessAskedFor) {
  Bench bench{scarce()};
  bench.serve();

  EXPECT_EQ(bench.refusal().http_status, 429);
}

TEST(BoundedWait, TheClientsHeaderReplacesTheConfiguredWait) {
  auto options = Bench::plain_options();
  options.max_wait = 90s;
  Bench bench{scarce(), options};
  bench.serve();

  EXPECT_TRUE(std::holds_alternative<Wait>(bench.begin().next(bench.clock.now())));
  EXPECT_TRUE(std::holds_alternative<GiveUp>(bench.begin(patient(0ms)).next(bench.clock.now())));
}

TEST(BoundedWait, IsFirstComeFirstServed) {
  Bench bench{scarce()};
  bench.serve();
  auto first = bench.begin(patient(5min));
  auto second = bench.begin(patient(5min));
  const auto first_wait = wait_of(first.next(bench.clock.now()));
  const auto second_wait = wait_of(second.next(bench.clock.now()));
  EXPECT_GE(second_wait.expected, first_wait.expected);
  bench.clock.advance(first_wait.expected - bench.clock.now().steady);

  // The later one wakes first; the slot is not its own.
  EXPECT_TRUE(std::holds_alternative<Wait>(second.next(bench.clock.now())));
  EXPECT_TRUE(std::holds_alternative<Attempt>(first.next(bench.clock.now())));
}

TEST(BoundedWait, ANewcomerDoesNotOvertakeThoseWhoWait) {
  Bench bench{scarce()};
  bench.serve();
  auto waiting = bench.begin(patient(5min));
  const auto wait = wait_of(waiting.next(bench.clock.now()));
  bench.clock.advance(wait.expected - bench.clock.now().steady);

  EXPECT_FALSE(bench.serve());
  EXPECT_TRUE(std::holds_alternative<Attempt>(waiting.next(bench.clock.now())));
}

TEST(BoundedWait, OneWhoLeavesGivesUpItsPlace) {
  Bench bench{scarce()};
  bench.serve();
  {
    auto leaves = bench.begin(patient(5min));
    static_cast<void>(leaves.next(bench.clock.now()));
    EXPECT_EQ(bench.router.snapshot(*bench.index, bench.clock.now()).waiting, 1);
  }
  bench.clock.advance(61s);

  EXPECT_EQ(bench.router.snapshot(*bench.index, bench.clock.now()).waiting, 0);
  EXPECT_TRUE(bench.serve());
}

TEST(BoundedWait, TheQueueIsBounded) {
  auto options = Bench::plain_options();
  options.max_waiting = 2;
  Bench bench{scarce(), options};
  bench.serve();
  std::vector<AttemptPlanner> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.push_back(bench.begin(patient(170s)));
    ASSERT_TRUE(std::holds_alternative<Wait>(waiting.back().next(bench.clock.now())));
  }

  EXPECT_TRUE(std::holds_alternative<GiveUp>(bench.begin(patient(170s)).next(bench.clock.now())));
}

TEST(BoundedWait, WaitsForARunningRequestToEnd) {
  World world;
  world.model(world.platform("a", {.limits = {in_flight(1)}}), "m");
  Bench bench{world};
  auto running = bench.begin();
  static_cast<void>(running.next(bench.clock.now()));
  auto planner = bench.begin(patient(10s));
  const auto wait = wait_of(planner.next(bench.clock.now()));
  EXPECT_LE(wait.until - bench.clock.now().steady, 1s);
  running.succeeded(used(10), {}, bench.clock.now());
  bench.clock.advance(1s);

  EXPECT_EQ(model_of(planner.next(bench.clock.now())), "m");
}

}  // namespace
}  // namespace freellm::routing::testing
