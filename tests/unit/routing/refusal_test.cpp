// What the client is told when nothing can serve, and when it may come back.
#include <gtest/gtest.h>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

TEST(Refusal, AnUnknownModelIsNotFound) {
  World world;
  world.model(world.platform("a"), "m");
  Bench bench{world};

  const auto error = bench.refusal(Bench::ask("no-such-model"));

  EXPECT_EQ(error.http_status, 404);
  EXPECT_EQ(error.code, "model_not_found");
  EXPECT_NE(error.message.find("no-such-model"), std::string::npos);
}

TEST(Refusal, AMistypedModelIsToldTheNearestOne) {
  World world;
  world.model(world.platform("groq"), "gpt-oss-120b");
  Bench bench{world};
  const auto says = [&](std::string_view name, std::string_view text) {
    const auto error = bench.refusal(Bench::ask(name));
    EXPECT_EQ(error.param, "model");
    EXPECT_NE(error.message.find(text), std::string::npos) << error.message;
  };

  says("gpt-oss-120", "did you mean 'gpt-oss-120b'?");
  says("grok/gpt-oss-120b", "did you mean 'groq/gpt-oss-120b'?");
  says("groq", "that is a platform");
  EXPECT_EQ(bench.refusal(Bench::ask(std::string(5'000, 'x'))).message.find("did you mean"),
            std::string::npos);
}

TEST(Refusal, WithoutKeysNothingIsConfigured) {
  World world;
  world.model(world.platform("a", {.keys = 0}), "m");
  Bench bench{world};

  const auto error = bench.refusal();

  EXPECT_EQ(error.http_status, 503);
  EXPECT_EQ(error.code, "no_providers_configured");
  EXPECT_NE(error.message.find("freellmapi keys add a"), std::string::npos) << error.message;
}

TEST(Refusal, AnEmptyTableHasNothingConfigured) {
  Bench bench{World{}};

  EXPECT_EQ(bench.refusal().code, "no_providers_configured");
}

/// An adapter that cannot express the request: nobody was asked.
chat::UpstreamFailure unsendable() { return failure(FailureClass::bad_request); }

TEST(Refusal, WhatOnePlatformCannotExpressIsNotTheClientsFaultWhileOthersAreBusy) {
  World world;
  world.model(world.platform("a"), "m");
  world.model(world.platform("b"), "n", {.limits = {rpm(1)}});
  Bench bench{world};
  ASSERT_TRUE(bench.serve(Bench::ask("n")));
  auto planner = bench.begin();
  ASSERT_EQ(model_of(planner.next(bench.clock.now())), "m");

  planner.failed(unsendable(), {}, bench.clock.now());

  EXPECT_EQ(error_of(planner.next(bench.clock.now())).http_status, 429);
}

TEST(Refusal, WhatNobodyCanExpressIsTheClientsToKnow) {
  World world;
  for (const char* name : {"a", "b", "c", "d"}) world.model(world.platform(name), name);
  Bench bench{world};
  auto planner = bench.begin();
  auto step = planner.next(bench.clock.now());
  int asked = 0;
  for (; std::holds_alternative<Attempt>(step); step = planner.next(bench.clock.now()), ++asked) {
    planner.failed(unsendable(), {}, bench.clock.now());
  }

  EXPECT_EQ(asked, 4) << "says nothing about the next platform";
  EXPECT_EQ(error_of(step).http_status, 400);
}

TEST(Refusal, KeylessPlatformsServeUnlessSwitchedOff) {
  World world;
  world.model(world.platform("a", {.keys = 0, .keyless = true}), "m");
  auto options = Bench::plain_options();
  Bench open{world, options};
  options.keyless = false;
  Bench closed{world, options};

  EXPECT_TRUE(open.serve());
  EXPECT_EQ(closed.refusal().code, "no_providers_configured");
}

TEST(Refusal, NobodyCanUseTools) {
  World world;
  world.model(world.platform("a"), "m", {.can = {}});
  Bench bench{world};
  auto facts = Bench::ask();
  facts.needs.tools = true;

  const auto error = bench.refusal(facts);

  EXPECT_EQ(error.http_status, 422);
  EXPECT_EQ(error.code, "no_capable_model");
}

TEST(Refusal, ACustomEndpointIsGivenTheBenefitOfTheDoubt) {
  World world;
  world.model(world.platform("local", {.custom = true}), "m", {.can = {}});
  Bench bench{world};
  auto facts = Bench::ask();
  facts.needs.tools = facts.needs.vision = facts.needs.json_schema = true;

  EXPECT_TRUE(bench.serve(facts));
}

TEST(Refusal, ThePromptFitsNoWindowAndTheLargestIsNamed) {
  World world;
  world.model(world.platform("a"), "m", {.window = 8'192});
  world.model(world.platform("b"), "n", {.window = 32'768});
  Bench bench{world};

  const auto error = bench.refusal(Bench::ask("auto", 100'000));

  EXPECT_EQ(error.http_status, 400);
  EXPECT_EQ(error.code, "context_length_exceeded");
  EXPECT_NE(error.message.find("32768"), std::string::npos);
}

TEST(Refusal, APromptThatFitsWithAShorterAnswerIsServed) {
  World world;
  world.model(world.platform("a"), "m", {.window = 4'096});
  Bench bench{world};

  EXPECT_TRUE(bench.serve(Bench::ask("auto", 3'500, 1'000)));
}

TEST(Refusal, AWindowThatHoldsTheWholeAnswerIsPreferred) {
  World world;
  world.model(world.platform("a"), "small", {.window = 4'096});
  world.model(world.platform("b"), "large", {.window = 32'768});
  Bench bench{world};

  EXPECT_EQ(bench.serve(Bench::ask("auto", 3'500, 1'000))->model->upstream_id, "large");
}

TEST(Refusal, OutOfQuotaNamesEachReasonAndTheEarliestReturn) {
  World world;
  world.model(world.platform("slow"), "s", {.limits = {rpd(1)}});
  world.model(world.platform("fast"), "f", {.limits = {rpm(1)}});
  Bench bench{world};
  bench.serve();
  bench.serve();
  bench.clock.advance(20s);

  const auto error = bench.refusal();

  EXPECT_EQ(error.http_status, 429);
  EXPECT_EQ(error.code, "rate_limit_exceeded");
  EXPECT_NE(error.message.find("slow/s: rpd 1/1, frees in 24 h"), std::string::npos)
      << error.message;
  EXPECT_NE(error.message.find("fast/f: rpm 1/1, frees in 41 s"), std::string::npos)
      << error.message;
  ASSERT_TRUE(error.retry_after);
  EXPECT_GE(*error.retry_after, 40s);
  EXPECT_LE(*error.retry_after, 40'500ms);
}

TEST(Refusal, RetryAfterIsExact) {
  World world;
  world.model(world.platform("a"), "m", {.limits = {rpm(3)}});
  Bench bench{world};
  for (int i = 0; i < 3; ++i) {
    bench.serve();
    bench.clock.advance(1'234ms);
  }
  const auto wait = *bench.refusal().retry_after;

  bench.clock.advance(wait - 1ms);
  EXPECT_FALSE(bench.serve());
  bench.clock.advance(1ms);
  EXPECT_TRUE(bench.serve());
}

TEST(Refusal, RetryAfterIsOfThisRequestsCandidatesOnly) {
  World world;
  world.model(world.platform("a"), "day", {.limits = {rpd(1)}});
  world.model(world.platform("b"), "minute", {.limits = {rpm(1)}});
  Bench bench{world};
  bench.serve(Bench::ask("day"));
  bench.serve(Bench::ask("minute"));

  EXPECT_GT(*bench.refusal(Bench::ask("day")).retry_after, 23h);
  EXPECT_LT(*bench.refusal(Bench::ask("minute")).retry_after, 61s);
}

TEST(Refusal, AStatedCooldownSetsRetryAfter) {
  World world;
  world.model(world.platform("a"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::rate_limited, Scope::model_key, 429, 17s), {},
                 bench.clock.now());

  const auto error = error_of(planner.next(bench.clock.now()));

  EXPECT_EQ(error.http_status, 429);
  EXPECT_EQ(error.retry_after, 17s);
}

TEST(Refusal, BrokenCandidatesAreABadGateway) {
  World world;
  world.model(world.platform("a"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  for (int i = 0; i < 2; ++i) {
    static_cast<void>(planner.next(bench.clock.now()));
    planner.failed(failure(FailureClass::provider_error, Scope::platform, 500), {},
                   bench.clock.now());
  }

  const auto error = error_of(planner.next(bench.clock.now()));

  EXPECT_EQ(error.http_status, 502);
  EXPECT_EQ(error.code, "upstream_failed");
}

TEST(Refusal, RefusedKeysAreABadGatewayToo) {
  World world;
  world.model(world.platform("a"), "m");
  Bench bench{world};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::bad_key, Scope::key, 401), {}, bench.clock.now());

  EXPECT_EQ(error_of(planner.next(bench.clock.now())).http_status, 502);
  EXPECT_EQ(bench.refusal().http_status, 502) << "the next request finds the key benched";
}

TEST(Refusal, ADisabledModelIsNotFound) {
  World world;
  world.model(world.platform("a"), "m", {.enabled = false});
  Bench bench{world};

  EXPECT_EQ(bench.refusal(Bench::ask("m")).code, "model_not_found");
}

TEST(Refusal, TheMessageIsBoundedHoweverManyCandidates) {
  World world;
  for (int i = 0; i < 200; ++i) {
    world.model(world.platform("p" + std::to_string(i)), "m" + std::to_string(i),
                {.limits = {rpm(0)}});
  }
  Bench bench{world};

  const auto error = bench.refusal();

  EXPECT_LT(error.message.size(), 2'000U);
  EXPECT_NE(error.message.find("and 192 more"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace freellm::routing::testing
