#include "freellm/provider/failure.hpp"

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"
#include "freellm/provider/rate_headers.hpp"
#include "route_fixture.hpp"

namespace freellm::provider {
namespace {

using chat::FailureClass;

const Now kNow = ManualClock{}.now();

chat::UpstreamFailure classified(int status, std::string_view body,
                                 std::string_view model_id = "m-1") {
  const TestRoute to("openai", "https://api.example.com/v1", std::string(model_id));
  return openai_adapter().classify(status, {}, body, to.route(), kNow);
}

TEST(ClassifyError, DecidesOnStatusBeforeText) {
  EXPECT_EQ(classified(401, R"({"error":{"message":"rate limit exceeded"}})").failure,
            FailureClass::bad_key);
  EXPECT_EQ(classified(500, R"({"error":{"message":"invalid api key"}})").failure,
            FailureClass::provider_error);
}

TEST(ClassifyError, RetiresNothingOnA429) {
  const auto failure = classified(
      429,
      R"({"error":{"message":"Busy. Note that model x reached its end of life and is no longer available."}})");

  EXPECT_EQ(failure.failure, FailureClass::rate_limited);
  EXPECT_FALSE(failure.retirement);
}

TEST(ClassifyError, DoesNotMistakeTerminationForASocketError) {
  EXPECT_EQ(classified(403, R"({"error":{"message":"your account has been terminated"}})").failure,
            FailureClass::blocked_host);
}

TEST(ClassifyError, FailsOverByStatusWithUnknownText) {
  for (const int status : {408, 409, 425, 500, 502, 503, 504, 520, 524, 529, 599}) {
    const auto failure = classified(status, "%%%");
    EXPECT_EQ(failure.failure, FailureClass::provider_error) << status;
    EXPECT_EQ(failure.scope, chat::Scope::platform) << status;
  }
}

TEST(ClassifyError, TellsZeroQuotaFromOtherLimits) {
  EXPECT_EQ(
      classified(429, R"({"error":{"message":"Quota exceeded for metric x, limit: 0, model: m"}})")
          .failure,
      FailureClass::no_quota);
  EXPECT_EQ(
      classified(429, R"({"error":{"message":"Quota exceeded for metric x, limit: 05"}})").failure,
      FailureClass::rate_limited);
}

TEST(ClassifyError, ReadsNothingIntoTheModelsName) {
  EXPECT_EQ(classified(429, R"({"error":{"message":"Slow down on vendor/daily-70b"}})",
                       "vendor/daily-70b")
                .failure,
            FailureClass::rate_limited);
  EXPECT_EQ(classified(400, R"({"error":{"message":"bad seed for insufficient balance v2"}})",
                       "insufficient balance v2")
                .failure,
            FailureClass::bad_request);
}

TEST(ClassifyError, KeepsSecretsOutOfTheMessage) {
  const auto failure = classified(
      401,
      R"({"error":{"message":"Incorrect API key: gsk_0123456789abcdefABCDEF0123456789abcdefABCDEF"}})");

  EXPECT_EQ(failure.message.find("0123456789abcdef"), std::string::npos) << failure.message;
}

TEST(ClassifyError, CutsLongMessages) {
  EXPECT_LE(classified(500, "x " + std::string(100'000, 'y')).message.size(), 520U);
}

TEST(ReadError, SurvivesAnything) {
  for (const auto* body : {"", " ", "{", "[]", "[[]]", "null", "7", "\"text\"", "{\"error\":[]}",
                           "{\"error\":7}", "{\"detail\":[1,null,{}]}", "{\"errors\":{}}",
                           "\xff\xfe", "{\"message\":{\"detail\":7}}"}) {
    EXPECT_EQ(read_error(400, body).status, 400) << body;
  }
}

TEST(ReadError, TellsTheKindsOfBodiesApart) {
  EXPECT_EQ(read_error(500, "  <html>").body, ErrorBody::html);
  EXPECT_EQ(read_error(500, "oops").body, ErrorBody::text);
  EXPECT_EQ(read_error(500, "\n").body, ErrorBody::empty);
  EXPECT_EQ(read_error(500, "{}").body, ErrorBody::json);
  EXPECT_EQ(read_error(500, "{\"error\":").body, ErrorBody::text);
}

TEST(ReadError, TakesTheStatusOfAnErrorInsideA200FromTheBody) {
  EXPECT_EQ(read_error(200, R"({"error":{"code":502,"message":"x"}})").status, 502);
  EXPECT_EQ(read_error(200, R"({"error":{"code":"1302","message":"x"}})").status, 0);
  EXPECT_EQ(read_error(200, R"({"error":"x"})").status, 0);
  EXPECT_EQ(read_error(429, R"({"error":{"code":500}})").status, 429);
}

TEST(LimitsInText, LearnsGroqsAxes) {
  const auto limits =
      limits_in_text("on requests per day (RPD): Limit 1000, Used 1000, Requested 1.");

  ASSERT_EQ(limits.size(), 1U);
  EXPECT_EQ(limits[0].metric, chat::LimitMetric::requests);
  EXPECT_EQ(limits[0].window, chat::LimitWindow::day);
  EXPECT_EQ(limits[0].limit, 1000);
}

TEST(LimitsInText, LearnsNothingWithoutAnAxisAndANumber) {
  EXPECT_TRUE(limits_in_text("Limit 1000 reached").empty());
  EXPECT_TRUE(limits_in_text("tokens per minute (TPM) exceeded").empty());
  EXPECT_TRUE(limits_in_text("(TPM): Limit many").empty());
}

TEST(RateHeaders, LeaveUnstatedPartsOut) {
  const RateHeaderRow row{.limit = "l", .remaining = "r", .reset = "t"};
  wire::HeaderList headers;
  headers.add("R", "12");
  headers.add("T", "nonsense");

  const auto seen = read_rate_headers({&row, 1}, headers, kNow);

  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].remaining, 12);
  EXPECT_FALSE(seen[0].limit);
  EXPECT_FALSE(seen[0].resets_in);
}

TEST(RateHeaders, IgnoreNonsense) {
  const RateHeaderRow row{.limit = "l", .remaining = "r"};
  for (const auto* value : {"", "-1", "nan", "inf", "1e300", "many"}) {
    wire::HeaderList headers;
    headers.add("l", value);
    EXPECT_TRUE(read_rate_headers({&row, 1}, headers, kNow).empty()) << value;
  }
}

}  // namespace
}  // namespace freellm::provider
