#include "freellm/provider/retry_after.hpp"

#include <gtest/gtest.h>

namespace freellm::provider {
namespace {

using namespace std::chrono_literals;

// 2026-09-21 14:13:20 UTC
const Now kNow = ManualClock{WallTime{1'790'000'000s}}.now();

wire::HeaderList headers(std::string_view name, std::string_view value) {
  wire::HeaderList list;
  list.add(std::string(name), std::string(value));
  return list;
}

TEST(RetryAfter, ReadsGoDurations) {
  EXPECT_EQ(parse_unit_duration("2m59.56s"), 179'560ms);
  EXPECT_EQ(parse_unit_duration("130ms"), 130ms);
  EXPECT_EQ(parse_unit_duration("1h2m3s"), 3'723'000ms);
  EXPECT_EQ(parse_unit_duration("0.25s"), 250ms);
  EXPECT_EQ(parse_unit_duration("\xc2\xb5s"), std::nullopt);
  EXPECT_EQ(parse_unit_duration("1500\xc2\xb5s"), 2ms);
}

TEST(RetryAfter, RefusesADurationWithSomethingBehindIt) {
  EXPECT_EQ(parse_unit_duration("5 models"), std::nullopt);
  EXPECT_EQ(parse_unit_duration("5s of"), std::nullopt);
  EXPECT_EQ(parse_unit_duration("5"), std::nullopt);
  EXPECT_EQ(parse_unit_duration(""), std::nullopt);
}

TEST(RetryAfter, TellsEpochsFromDeltasByMagnitude) {
  EXPECT_EQ(parse_reset_value("11.38", kNow), 11'380ms);
  EXPECT_EQ(parse_reset_value("1790000045", kNow), 45s);
  EXPECT_EQ(parse_reset_value("1790000045500", kNow), 45'500ms);
  EXPECT_EQ(parse_reset_value("1789999999", kNow), 0ms);
}

TEST(RetryAfter, ReadsHttpDates) {
  EXPECT_EQ(parse_reset_value("Mon, 21 Sep 2026 14:14:20 GMT", kNow), 60s);
  EXPECT_EQ(parse_reset_value("Mon, 21 Sep 2020 14:14:20 GMT", kNow), 0ms);
  EXPECT_EQ(parse_reset_value("tomorrow", kNow), std::nullopt);
}

TEST(RetryAfter, ClampsToADayAndIgnoresNegatives) {
  EXPECT_EQ(parse_reset_value("172800", kNow), 24h);
  EXPECT_EQ(parse_reset_value("1e400", kNow), std::nullopt);
  EXPECT_EQ(parse_reset_value("-5", kNow), std::nullopt);
}

TEST(RetryAfter, FindsTheTimeInProse) {
  EXPECT_EQ(delay_in_prose("Please try again in 9m38.016s."), 578'016ms);
  EXPECT_EQ(delay_in_prose("Please wait 5631 seconds before retrying."), 5'631s);
  EXPECT_EQ(delay_in_prose("Please retry in 48.939935699s."), 48'940ms);
  EXPECT_EQ(delay_in_prose("Too fast, retry after 30 seconds"), 30s);
  EXPECT_EQ(delay_in_prose("Your quota resets in 1 hour 5 minutes."), 65min);
  EXPECT_EQ(delay_in_prose("Wait for another 2 minutes"), 2min);
}

TEST(RetryAfter, TakesNoStrayNumberForATime) {
  EXPECT_EQ(
      delay_in_prose(
          "Rate limit reached for llama-3.3-70b: Limit 12000, Used 4437. Please retry shortly."),
      std::nullopt);
  EXPECT_EQ(delay_in_prose("limited to 8 requests per minute. Please retry shortly"), std::nullopt);
  EXPECT_EQ(delay_in_prose("retry with 70b"), std::nullopt);
  EXPECT_EQ(delay_in_prose("available: 5 models"), std::nullopt);
}

TEST(RetryAfter, PrefersMillisecondsThenTheHeaderThenProse) {
  auto both = headers("retry-after-ms", "1500");
  both.add("Retry-After", "9");

  EXPECT_EQ(stated_delay(both, "try again in 30s", kNow), 1'500ms);
  EXPECT_EQ(stated_delay(headers("Retry-After", "9"), "try again in 30s", kNow), 9s);
  EXPECT_EQ(stated_delay({}, "try again in 30s", kNow), 30s);
  EXPECT_EQ(stated_delay({}, "slow down", kNow), std::nullopt);
}

TEST(RetryAfter, FallsBackWhenTheHeaderIsNonsense) {
  EXPECT_EQ(stated_delay(headers("Retry-After", "soon"), "try again in 30s", kNow), 30s);
}

TEST(RetryAfter, BelievesRetryAfterOverZeroMilliseconds) {
  auto both = headers("retry-after-ms", "0");
  both.add("retry-after", "1");

  EXPECT_EQ(stated_delay(both, "", kNow), 1s);
}

}  // namespace
}  // namespace freellm::provider
