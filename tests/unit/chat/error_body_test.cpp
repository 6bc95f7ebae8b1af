#include "freellm/chat/error_body.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "freellm/chat/delta.hpp"
#include "freellm/chat/upstream_failure.hpp"

namespace freellm::chat {
namespace {

using namespace std::chrono_literals;

struct Row {
  std::string_view code;
  int status;
  std::string_view type;
};

class ContractRows : public ::testing::TestWithParam<Row> {};

TEST_P(ContractRows, TheCodeDecidesStatusAndType) {
  const Error error{
      .kind = ErrorKind::internal, .message = "m", .code = std::string{GetParam().code}};

  const auto shape = describe(error);

  EXPECT_EQ(shape.http_status, GetParam().status);
  EXPECT_EQ(shape.type, GetParam().type);
  EXPECT_EQ(shape.code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(ErrorBody, ContractRows,
                         ::testing::Values(Row{"invalid_json", 400, "invalid_request_error"},
                                           Row{"invalid_request", 400, "invalid_request_error"},
                                           Row{"context_length_exceeded", 400,
                                               "invalid_request_error"},
                                           Row{"invalid_api_key", 401, "authentication_error"},
                                           Row{"content_filter", 403, "permission_error"},
                                           Row{"model_not_found", 404, "invalid_request_error"},
                                           Row{"no_capable_model", 422, "invalid_request_error"},
                                           Row{"rate_limit_exceeded", 429, "rate_limit_error"},
                                           Row{"upstream_failed", 502, "server_error"},
                                           Row{"no_providers_configured", 503, "server_error"},
                                           Row{"draining", 503, "server_error"},
                                           Row{"upstream_timeout", 504, "server_error"}));

TEST(ErrorBody, TheKindDecidesWithoutACode) {
  EXPECT_EQ(describe({.kind = ErrorKind::unauthorized}).http_status, 401);
  EXPECT_EQ(describe({.kind = ErrorKind::payload_too_large}).http_status, 413);
  EXPECT_EQ(describe({.kind = ErrorKind::quota_exhausted}).http_status, 429);
  EXPECT_EQ(describe({.kind = ErrorKind::tls}).http_status, 502);
  EXPECT_EQ(describe({.kind = ErrorKind::timeout}).http_status, 504);
  EXPECT_EQ(describe({.kind = ErrorKind::storage}).http_status, 500);
}

TEST(ErrorBody, AnUpstreamsStatusIsNotPassedOn) {
  const Error error{
      .kind = ErrorKind::upstream_bad_status, .source = ErrorSource::upstream, .http_status = 418};

  EXPECT_EQ(describe(error).http_status, 502);
}

TEST(ErrorBody, OurOwnStatusIs) {
  const Error method{
      .kind = ErrorKind::bad_request, .source = ErrorSource::downstream, .http_status = 405};
  const Error header{
      .kind = ErrorKind::payload_too_large, .source = ErrorSource::downstream, .http_status = 431};

  EXPECT_EQ(describe(method).http_status, 405);
  EXPECT_EQ(describe(method).code, "method_not_allowed");
  EXPECT_EQ(describe(header).http_status, 431);
}

TEST(ErrorBody, IsOpenAisShape) {
  const Error error{.kind = ErrorKind::bad_request,
                    .message = "bad \"thing\"\n",
                    .param = "messages[1].content",
                    .code = "invalid_request"};

  EXPECT_EQ(
      error_body(error),
      R"({"error":{"message":"bad \"thing\"\n","type":"invalid_request_error","param":"messages[1].content","code":"invalid_request"}})");
}

TEST(ErrorBody, ListsCandidatesAndWhenToRetry) {
  const WallTime at{1'764'000'000s + 1ms};
  const CandidateReason candidates[] = {{"groq/llama", "rpm 30/30, frees in 12 s", at},
                                        {"cerebras/llama", "cooling down", std::nullopt}};
  const Error error{.kind = ErrorKind::rate_limited, .message = "later"};

  const std::string body =
      error_body(error, {.retry_at = at, .candidates = candidates, .request_id = "req_1"});

  EXPECT_EQ(
      body,
      R"({"error":{"message":"later","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded","retry_at":"2025-11-24T16:00:01Z","candidates":[{"route":"groq/llama","reason":"rpm 30/30, frees in 12 s","retry_at":"2025-11-24T16:00:01Z"},{"route":"cerebras/llama","reason":"cooling down"}],"request_id":"req_1"}})");
}

TEST(ErrorBody, AFrameInsideAStreamHasNoDone) {
  std::string out = "before";

  append_error_frame(out, {.kind = ErrorKind::upstream_protocol, .message = "cut"});

  EXPECT_EQ(
      out,
      "before"
      R"(data: {"error":{"message":"cut","type":"server_error","param":null,"code":"upstream_failed"}})"
      "\n\n");
}

TEST(Names, AreStableForLogs) {
  EXPECT_EQ(to_string(FinishReason::content_filter), "content_filter");
  EXPECT_EQ(to_string(FinishReason::none), "");
  EXPECT_EQ(to_string(FailureClass::daily_quota), "daily_quota");
  EXPECT_EQ(to_string(Scope::model_key), "model_key");
}

}  // namespace
}  // namespace freellm::chat
