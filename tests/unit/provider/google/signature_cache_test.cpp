#include "provider/google/signature_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace freellm::provider::google {
namespace {

using namespace std::chrono_literals;

const CallIdentity kCall{
    .model = "gemini-3-flash", .id = "call_1", .name = "weather", .arguments = R"({"a":1})"};

CallIdentity renamed(CallIdentity call, std::string_view id) {
  call.id = id;
  return call;
}

TEST(SignatureCache, FindsACallByItsId) {
  ManualClock clock;
  SignatureCache cache;
  cache.remember(kCall, "sig", clock.now().steady);

  auto same_id = kCall;
  same_id.arguments = "{}";

  EXPECT_EQ(cache.find(same_id, clock.now().steady), "sig");
}

TEST(SignatureCache, FindsACallByNameAndArgumentsWhenTheIdIsAnother) {
  ManualClock clock;
  SignatureCache cache;
  cache.remember(renamed(kCall, ""), "sig", clock.now().steady);

  EXPECT_EQ(cache.find(renamed(kCall, "made_up"), clock.now().steady), "sig");
}

TEST(SignatureCache, PrefersTheIdOverNameAndArguments) {
  ManualClock clock;
  SignatureCache cache;
  cache.remember(kCall, "first", clock.now().steady);
  cache.remember(renamed(kCall, "call_2"), "second", clock.now().steady);

  EXPECT_EQ(cache.find(kCall, clock.now().steady), "first");
}

TEST(SignatureCache, KeepsSignaturesOfModelsApart) {
  ManualClock clock;
  SignatureCache cache;
  cache.remember(kCall, "sig", clock.now().steady);

  auto other = kCall;
  other.model = "gemini-3.1-pro";

  EXPECT_FALSE(cache.find(other, clock.now().steady));
}

TEST(SignatureCache, ForgetsThirtyMinutesAfterTheLastUse) {
  ManualClock clock;
  SignatureCache cache;
  cache.remember(kCall, "sig", clock.now().steady);

  clock.advance(29min);
  EXPECT_TRUE(cache.find(kCall, clock.now().steady));
  clock.advance(29min);
  EXPECT_TRUE(cache.find(kCall, clock.now().steady));
  clock.advance(30min);
  EXPECT_FALSE(cache.find(kCall, clock.now().steady));
  EXPECT_EQ(cache.size(), 0U);
}

TEST(SignatureCache, DropsTheLeastRecentlyUsedBeyondItsEntries) {
  ManualClock clock;
  SignatureCache cache{{.entries = 2}};
  cache.remember({.model = "m", .id = "1", .name = "f", .arguments = "1"}, "s1",
                 clock.now().steady);
  cache.remember({.model = "m", .id = "2", .name = "f", .arguments = "2"}, "s2",
                 clock.now().steady);
  static_cast<void>(
      cache.find({.model = "m", .id = "1", .name = "f", .arguments = "1"}, clock.now().steady));

  cache.remember({.model = "m", .id = "3", .name = "f", .arguments = "3"}, "s3",
                 clock.now().steady);

  EXPECT_EQ(cache.size(), 2U);
  EXPECT_TRUE(
      cache.find({.model = "m", .id = "1", .name = "f", .arguments = "1"}, clock.now().steady));
  EXPECT_FALSE(
      cache.find({.model = "m", .id = "2", .name = "f", .arguments = "2"}, clock.now().steady));
}

TEST(SignatureCache, StaysWithinItsBytes) {
  ManualClock clock;
  SignatureCache cache{{.bytes = 100}};
  for (int i = 0; i < 10; ++i) {
    const auto id = std::to_string(i);
    cache.remember({.model = "m", .id = id, .name = "f", .arguments = id}, std::string(30, 's'),
                   clock.now().steady);
  }

  EXPECT_EQ(cache.size(), 3U);
}

TEST(SignatureCache, IgnoresAnOversizedSignature) {
  ManualClock clock;
  SignatureCache cache{{.signature_bytes = 8}};

  cache.remember(kCall, "much too long", clock.now().steady);

  EXPECT_FALSE(cache.find(kCall, clock.now().steady));
}

TEST(SignatureCache, KeepsTheLaterOfTwoSignaturesForTheSameCall) {
  ManualClock clock;
  SignatureCache cache{{.entries = 2}};
  cache.remember(kCall, "old", clock.now().steady);
  cache.remember(kCall, "new", clock.now().steady);

  cache.remember({.model = "m", .id = "x", .name = "x", .arguments = "x"}, "x",
                 clock.now().steady);  // evicts the old entry, not what the new one is found by

  EXPECT_EQ(cache.find(kCall, clock.now().steady), "new");
}

TEST(SignatureCache, ServesSeveralThreads) {
  ManualClock clock;
  SignatureCache cache{{.entries = 50}};
  const auto now = clock.now().steady;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, now, t] {
      for (int i = 0; i < 500; ++i) {
        const auto id = std::to_string(i % 70) + "-" + std::to_string(t % 2);
        const CallIdentity call{.model = "m", .id = id, .name = "f", .arguments = id};
        cache.remember(call, id, now);
        const auto found = cache.find(call, now);
        EXPECT_TRUE(!found || *found == id);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_LE(cache.size(), 50U);
}

TEST(CanonicalJson, SpellsEqualArgumentsAlike) {
  EXPECT_EQ(canonical_json(R"({ "b": 1, "a": [true, null] })"),
            canonical_json(R"({"a":[true,null],"b":1})"));
  EXPECT_NE(canonical_json(R"({"a":1})"), canonical_json(R"({"a":2})"));
}

}  // namespace
}  // namespace freellm::provider::google
