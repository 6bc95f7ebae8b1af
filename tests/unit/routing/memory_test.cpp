// What the router learns, what it remembers over a restart, and what it tells about itself.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

using nlohmann::json;

World one(std::vector<Limit> limits = {}, int keys = 1) {
  World world;
  world.model(world.platform("a", {.keys = keys}), "m", {.limits = std::move(limits)});
  return world;
}

chat::LimitObservation says(LimitMetric metric, LimitWindow window,
                            std::optional<std::int64_t> limit,
                            std::optional<std::int64_t> remaining = {},
                            std::optional<Millis> resets_in = {}) {
  return {.metric = metric,
          .window = window,
          .scope = Scope::model_key,
          .limit = limit,
          .remaining = remaining,
          .resets_in = resets_in};
}

void serve_and_hear(Bench& bench, const chat::LimitObservation& said) {
  auto planner = bench.begin();
  ASSERT_TRUE(std::holds_alternative<Attempt>(planner.next(bench.clock.now())));
  planner.sent(bench.clock.now());
  planner.observed({&said, 1}, bench.clock.now());
  planner.succeeded(used(200), {}, bench.clock.now());
}

int served_at_once(Bench& bench) {
  int served = 0;
  while (served < 100 && bench.serve(Bench::ask(), 200)) ++served;
  return served;
}

TEST(LearnedLimits, TightenTheLocalView) {
  Bench bench{one({rpm(30)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 10));

  EXPECT_EQ(served_at_once(bench), 9);
}

TEST(LearnedLimits, NeverLoosenWhatIsConfigured) {
  Bench bench{one({rpm(5)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 1'000, 999));

  EXPECT_EQ(served_at_once(bench), 4);
}

TEST(LearnedLimits, ALooserWordDoesNotReplaceATighterOneForADay) {
  Bench bench{one({rpm(30)})};
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 10));
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 20));
  EXPECT_EQ(served_at_once(bench), 8);

  bench.clock.advance(25h);
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 20));

  EXPECT_EQ(served_at_once(bench), 19);
}

TEST(LearnedLimits, ApplyWhereNothingWasConfigured) {
  Bench bench{one()};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 4, 3));

  EXPECT_EQ(served_at_once(bench), 3);
}

TEST(LearnedLimits, WhatIsLeftCountsUsageWeNeverSaw) {
  Bench bench{one({rpd(100)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 7, 3h));

  EXPECT_EQ(served_at_once(bench), 7) << "another program uses the same key";
  bench.clock.advance(3h);
  EXPECT_TRUE(bench.serve());
}

TEST(LearnedLimits, RequestsUnderWayAreTakenOffWhatIsLeft) {
  Bench bench{one({rpd(100)})};
  auto running = bench.begin();
  static_cast<void>(running.next(bench.clock.now()));

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 7, 3h));

  EXPECT_EQ(served_at_once(bench), 6);
}

TEST(LearnedLimits, AnswersThatOvertakeEachOtherDoNotLoosen) {
  Bench bench{one({rpd(100)})};
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 5, 3h));

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 50, 3h));

  EXPECT_EQ(served_at_once(bench), 4);
}

TEST(LearnedLimits, AnErrorTextTeachesToo) {
  Bench bench{one({tpm(60'000)})};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  auto refused = failure(FailureClass::rate_limited, Scope::model_key, 429, 5s);
  refused.limits = {says(LimitMetric::tokens, LimitWindow::minute, 1'000)};
  planner.failed(refused, {}, bench.clock.now());
  bench.clock.advance(5s);

  EXPECT_EQ(served_at_once(bench), 5);
}

TEST(LearnedLimits, AZeroInAHeaderMeansNothing) {
  Bench bench{one({rpm(5)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 0));

  EXPECT_EQ(served_at_once(bench), 4);
}

TEST(LearnedLimits, AreShownWithTimeAndCanBeCleared) {
  Bench bench{one({rpm(30)})};
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 10, 9));
  const auto row = bench.router.snapshot(*bench.index, bench.clock.now()).counters.at(0);
  EXPECT_EQ(row.configured, 30);
  EXPECT_EQ(row.learned, 10);
  EXPECT_EQ(row.learned_at, bench.clock.now().wall);
  EXPECT_EQ(row.stated_left, 9);

  bench.router.clear(row.of, ClearWhat::learned, bench.clock.now());

  EXPECT_EQ(served_at_once(bench), 29);
}

TEST(Snapshot, TellsWhenASlotWillBeFree) {
  Bench bench{one({rpd(2, DayReset::utc)})};
  served_at_once(bench);

  const auto row = bench.router.snapshot(*bench.index, bench.clock.now()).counters.at(0);

  EXPECT_EQ(row.used, 2);
  ASSERT_TRUE(row.next_free);
  EXPECT_EQ(row.next_free->time_since_epoch() % 24h, 0h);
}

/// A second life with what the first one journalled.
struct Restart {
  explicit Restart(const World& world, Bench& before, const Memory& memory, Millis down = 0ms)
      : after(world, Bench::plain_options(), nullptr, before.clock.now().wall + down) {
    after.router.replay(memory.kept, after.clock.now());
  }
  Bench after;
};

TEST(Restarts, BringBackEveryWindow) {
  const auto world = one({rpm(10), rpd(20, DayReset::utc), tpm(1'800)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  for (int i = 0; i < 6; ++i) before.serve(Bench::ask(), 200);

  Restart restart{world, before, memory, 5s};

  EXPECT_EQ(served_at_once(restart.after), 3) << "1800 tokens a minute at 200 each";
}

TEST(Restarts, LetWindowsGoOnWhereTheyWere) {
  const auto world = one({rpm(2)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  served_at_once(before);

  Restart restart{world, before, memory, 40s};
  EXPECT_FALSE(restart.after.serve());
  restart.after.clock.advance(20'500ms);

  EXPECT_TRUE(restart.after.serve());
}

TEST(Restarts, CountALeaseWithoutASettlementAsUsed) {
  const auto world = one({rpm(10), tpm(1'000)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  auto killed = before.begin(Bench::ask("auto", 500, 300));
  static_cast<void>(killed.next(before.clock.now()));

  Restart restart{world, before, memory};

  const auto counters =
      restart.after.router.snapshot(*restart.after.index, restart.after.clock.now()).counters;
  EXPECT_EQ(counters[0].used, 1);
  EXPECT_EQ(counters[1].used, 800);
}

TEST(Restarts, DoNotCountWhatWasRefunded) {
  const auto world = one({rpm(10)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  auto planner = before.begin();
  static_cast<void>(planner.next(before.clock.now()));
  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, before.clock.now());

  Restart restart{world, before, memory};

  EXPECT_EQ(restart.after.router.snapshot(*restart.after.index, restart.after.clock.now())
                .counters[0]
                .used,
            0);
}

TEST(Restarts, KeepCooldownsAndLearnedLimits) {
  const auto world = one({rpm(30)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  serve_and_hear(before, says(LimitMetric::requests, LimitWindow::minute, 10));
  auto planner = before.begin();
  static_cast<void>(planner.next(before.clock.now()));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 6h), {}, before.clock.now());

  Restart restart{world, before, memory, 1h};

  const auto snapshot =
      restart.after.router.snapshot(*restart.after.index, restart.after.clock.now());
  ASSERT_EQ(snapshot.cooldowns.size(), 1U);
  EXPECT_EQ(snapshot.cooldowns[0].until, before.clock.now().wall + 6h);
  EXPECT_EQ(snapshot.counters[0].learned, 10);
  EXPECT_FALSE(restart.after.serve());
}

TEST(Restarts, DoNotBringBackWhatWasClearedByHand) {
  const auto world = one();
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  auto planner = before.begin();
  static_cast<void>(planner.next(before.clock.now()));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 6h), {}, before.clock.now());
  before.router.clear_all(before.clock.now());

  Restart restart{world, before, memory};

  EXPECT_TRUE(restart.after.serve());
}

TEST(Restarts, NeverReuseALeaseEvenWhenTheClockWentBack) {
  const auto world = one();
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  before.serve();
  Memory later;
  Bench after{world, Bench::plain_options(), &later, before.clock.now().wall - 24h};
  after.router.replay(memory.kept, after.clock.now());

  after.serve();

  EXPECT_GT(later.kept.bookings[0].lease, memory.kept.bookings[0].lease);
}

TEST(Restarts, UsageFromTheFutureCountsAsNow) {
  const auto world = one({rpm(1)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  before.serve();

  Restart restart{world, before, memory, -1h};

  EXPECT_FALSE(restart.after.serve());
}

TEST(Journal, HasTheBookingBeforeTheRequestCanBeSent) {
  Memory memory;
  Bench bench{one(), Bench::plain_options(), &memory};
  auto planner = bench.begin();

  static_cast<void>(planner.next(bench.clock.now()));

  ASSERT_EQ(memory.kept.bookings.size(), 1U);
  EXPECT_EQ(memory.kept.bookings[0].tokens, 200);
  EXPECT_TRUE(memory.kept.settlements.empty());
}

TEST(Explain, TellsTheWholeStory) {
  World world;
  world.model(world.platform("spent"), "m1", {.limits = {rpm(1)}});
  world.model(world.platform("blind"), "m2", {.can = {}});
  world.model(world.platform("broken"), "m3");
  world.model(world.platform("good"), "m4");
  world.model(world.platform("spare"), "m5");
  Bench bench{world};
  bench.serve(Bench::ask("m1"));
  auto facts = Bench::ask();
  facts.request_id = "req-1";
  facts.needs.vision = true;
  auto planner = bench.begin(facts);
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::provider_error, Scope::platform, 502), {},
                 bench.clock.now());
  static_cast<void>(planner.next(bench.clock.now()));
  planner.succeeded(used(100), {.first_token = 120ms, .total = 900ms}, bench.clock.now());

  const auto record = planner.take_record();
  const auto told = json::parse(to_json(record));

  EXPECT_EQ(told["request_id"], "req-1");
  EXPECT_EQ(told["outcome"]["platform"], "good");
  ASSERT_EQ(told["attempts"].size(), 2U);
  EXPECT_EQ(told["attempts"][0]["outcome"], "provider_error");
  EXPECT_EQ(told["attempts"][0]["status"], 502);
  EXPECT_EQ(told["attempts"][1]["outcome"], "served");
  EXPECT_EQ(told["attempts"][1]["first_token_ms"], 120.0);
  std::map<std::string, json> by_platform;
  for (const auto& candidate : told["candidates"]) by_platform[candidate["platform"]] = candidate;
  EXPECT_EQ(by_platform["spent"]["verdict"], "quota");
  EXPECT_EQ(by_platform["spent"]["limit"]["used"], 1);
  EXPECT_EQ(by_platform["blind"]["verdict"], "lacks_vision");
  EXPECT_EQ(by_platform["broken"]["verdict"], "excluded");
  EXPECT_EQ(by_platform["good"]["verdict"], "admitted");
  EXPECT_EQ(by_platform["spare"]["verdict"], "not_needed");
  EXPECT_EQ(fallback_trail(record), "broken/m3=provider_error");
}

TEST(Explain, ShowsTheTermsOfAMeasuredStrategy) {
  auto options = Bench::plain_options();
  options.strategy = Strategy::balanced;
  Bench bench{one(), options};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));

  const auto rank = json::parse(to_json(planner.explain()))["candidates"][0]["rank"];

  for (const char* term : {"success", "speed", "latency", "intelligence", "penalty", "score"}) {
    EXPECT_TRUE(rank.contains(term)) << term;
  }
}

TEST(Explain, ARefusalHoldsEveryVerdict) {
  Bench bench{one({rpm(1)}, 3)};
  served_at_once(bench);
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));

  const auto told = json::parse(to_json(planner.take_record()));

  EXPECT_EQ(told["outcome"]["status"], 429);
  EXPECT_EQ(told["candidates"].size(), 3U);
  EXPECT_TRUE(told["outcome"].contains("retry_at"));
}

TEST(Explain, IsBounded) {
  World world;
  for (int i = 0; i < 50; ++i)
    world.model(world.platform("p" + std::to_string(i)), "m" + std::to_string(i));
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));

  const auto told = json::parse(to_json(planner.explain(), 10));

  EXPECT_EQ(told["candidates"].size(), 10U);
  EXPECT_EQ(told["candidates_left_out"], 40);
}

TEST(FallbackTrail, IsPrintableAsciiWhateverTheModelIsCalled) {
  World world;
  world.model(world.platform("a"), "m\xc3\xbc\r\nX-Evil: 1; b");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::timed_out, Scope::model), {}, bench.clock.now());

  EXPECT_EQ(fallback_trail(planner.explain()), "a/m____X-Evil:_1__b=timed_out");
}

TEST(Availability, IsNowWhenACandidateIsFree) {
  Bench bench{one({rpm(1)})};

  const auto answer = bench.router.availability(*bench.index, "auto", {}, bench.clock.now());

  EXPECT_TRUE(answer.now);
  EXPECT_EQ(answer.at, bench.clock.now().wall);
}

TEST(Availability, NamesTheEarliestInstantAndWhy) {
  Bench bench{one({rpm(1)})};
  bench.serve();

  const auto answer =
      bench.router.availability(*bench.index, "m", {.prompt_tokens = 10}, bench.clock.now());

  EXPECT_FALSE(answer.now);
  ASSERT_TRUE(answer.at);
  EXPECT_GE(*answer.at - bench.clock.now().wall, 60s);
  EXPECT_EQ(answer.candidates.at(0).reason, "rpm 1/1, frees in 61 s");
}

TEST(Availability, OfAnUnknownModelIsUnknown) {
  Bench bench{one()};

  EXPECT_FALSE(bench.router.availability(*bench.index, "nothing", {}, bench.clock.now()).known);
}

}  // namespace
}  // namespace freellm::routing::testing
