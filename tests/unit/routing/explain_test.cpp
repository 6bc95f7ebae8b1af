// What the router tells about itself: the explain record, the fallback trail, availability.
#include <gtest/gtest.h>

#include <map>
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

TEST(Explain, NamesEveryKeyThatFailedOnTheWay) {
  World world = one({}, 2);
  world.model(world.platform("b"), "m2");
  Bench bench{world};
  auto planner = bench.begin(Bench::ask());
  for (int attempt = 0; attempt < 2; ++attempt) {
    static_cast<void>(planner.next(bench.clock.now()));
    planner.failed(failure(FailureClass::rate_limited, Scope::model_key, 429), {},
                   bench.clock.now());
  }
  static_cast<void>(planner.next(bench.clock.now()));
  planner.succeeded(used(100), {.first_token = 120ms, .total = 900ms}, bench.clock.now());
  const auto record = planner.take_record();
  const auto told = json::parse(to_json(record));
  ASSERT_EQ(told["attempts"].size(), 3U);
  std::map<std::int64_t, std::string> verdicts;
  for (const auto& row : told["candidates"]) {
    if (row["platform"] == "a") verdicts[row["key"].get<std::int64_t>()] = row["verdict"];
  }
  EXPECT_EQ(verdicts.size(), 2U);
  for (const auto& [key, verdict] : verdicts) EXPECT_EQ(verdict, "excluded") << key;
}

TEST(Explain, ConsidersNobodyForANameThatNoModelHas) {
  const World world = one();
  Bench bench{world};
  auto planner = bench.begin(Bench::ask("no-such-model"));
  static_cast<void>(planner.next(bench.clock.now()));
  const auto record = planner.take_record();
  EXPECT_TRUE(json::parse(to_json(record))["candidates"].empty());
}

TEST(Explain, SaysWhatAFailureLedTo) {
  World world;
  world.model(world.platform("a", {.keys = 2}), "m");
  world.model(world.platform("b"), "n");
  Bench bench{world};
  auto planner = bench.begin();
  const auto now = bench.clock.now();
  static_cast<void>(planner.next(now));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 3h),
                 {.total = 80ms, .connect = 30ms}, now);
  static_cast<void>(planner.next(now));
  planner.failed(failure(FailureClass::provider_error, Scope::platform, 502), {.total = 5ms}, now);
  static_cast<void>(planner.next(now));
  planner.failed(failure(FailureClass::content_policy, Scope::request, 400), {.total = 5ms}, now);

  const auto told = json::parse(to_json(planner.take_record()));

  const auto& attempts = told["attempts"];
  ASSERT_EQ(attempts.size(), 3U);
  EXPECT_EQ(attempts[0]["connect_ms"], 30.0);
  EXPECT_EQ(attempts[0]["retry_after_ms"], 10'800'000);
  EXPECT_EQ(attempts[0]["consequence"],
            "This key was left out for the rest of the request, and rests for 3 h, as the platform "
            "says");
  EXPECT_FALSE(attempts[1].contains("connect_ms"));
  EXPECT_EQ(attempts[1]["consequence"],
            "This platform was left out for the rest of the request unless nothing else was left, "
            "and rests for 30 s");
  EXPECT_EQ(attempts[2]["consequence"], "Nobody else was asked");
}

TEST(Explain, TellsADemotionAndAnotherScope) {
  EXPECT_EQ(describe(Consequence{}), "");
  EXPECT_EQ(
      describe({.ruled_out = Scope::model, .smaller_too = true}),
      "This model and those with no larger a context window were left out for the rest of the "
      "request");
  EXPECT_EQ(
      describe(
          {.ruled_out = Scope::platform, .benched = Scope::key, .benched_for = 90s, .penalty = 3}),
      "This platform was left out for the rest of the request; this key rests for 90 s; the "
      "model stands 3 places further back");
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
  for (int i = 0; i < 3; ++i) bench.serve();
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
