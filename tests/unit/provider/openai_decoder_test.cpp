#include <gtest/gtest.h>

#include "freellm/provider/openai_compat.hpp"
#include "provider/openai_event.hpp"
#include "route_fixture.hpp"

namespace freellm::provider {
namespace {

std::unique_ptr<ResponseDecoder> decoder_for(std::string_view quirks = "openai") {
  return make_openai_decoder(*find_quirks(quirks), "m-1", BodyKind::event_stream);
}

std::string event(std::string_view delta, std::string_view finish = "null") {
  return R"(data: {"choices":[{"index":0,"delta":)" + std::string(delta) + R"(,"finish_reason":)" +
         std::string(finish) + "}]}\n\n";
}

TEST(OpenAiDecoder, CallsCommentsLiveness) {
  const auto decoder = decoder_for("openrouter");
  CountingSink sink;

  ASSERT_TRUE(decoder->feed(": OPENROUTER PROCESSING\n\n", sink));
  EXPECT_TRUE(decoder->only_liveness());
  ASSERT_TRUE(decoder->feed(event(R"({"content":"a"})"), sink));
  EXPECT_FALSE(decoder->only_liveness());
  ASSERT_TRUE(decoder->feed(":\n\n", sink));
  EXPECT_TRUE(decoder->only_liveness());
}

TEST(OpenAiDecoder, CallsWhiteSpaceBeforeAJsonAnswerLiveness) {
  const auto decoder = decoder_for();
  CountingSink sink;

  ASSERT_TRUE(decoder->feed("\n\n \n", sink));
  EXPECT_TRUE(decoder->only_liveness());
  ASSERT_TRUE(decoder->feed(
      R"({"choices":[{"message":{"content":"late"},"finish_reason":"stop"}]})", sink));
  EXPECT_FALSE(decoder->only_liveness());
  ASSERT_TRUE(decoder->finish(sink));
  EXPECT_EQ(sink.content, "late");
}

TEST(OpenAiDecoder, HandsOnEscapedTextUntouched) {
  const auto decoder = decoder_for();
  CountingSink sink;

  ASSERT_TRUE(decoder->feed(event(R"({"content":"a\n\u00e9\"\\"})"), sink));

  EXPECT_EQ(sink.content, R"(a\n\u00e9\"\\)");
}

TEST(OpenAiDecoder, IgnoresEverythingAfterDone) {
  const auto decoder = decoder_for();
  CountingSink sink;

  ASSERT_TRUE(decoder->feed(
      event(R"({"content":"a"})", R"("stop")") + "data: [DONE]\n\n" + event(R"({"content":"b"})"),
      sink));
  ASSERT_TRUE(decoder->feed("garbage \xff", sink));

  EXPECT_TRUE(decoder->complete());
  EXPECT_TRUE(decoder->finish(sink));
  EXPECT_EQ(sink.content, "a");
}

TEST(OpenAiDecoder, StaysFailedOnceItHasFailed) {
  const auto decoder = decoder_for();
  CountingSink sink;

  EXPECT_FALSE(decoder->feed(
      "data: {\"error\":{\"message\":\"no\",\"code\":503}}\n\n" + event(R"({"content":"b"})"),
      sink));
  EXPECT_FALSE(decoder->feed(event(R"({"content":"c"})"), sink));
  EXPECT_FALSE(decoder->finish(sink));
  EXPECT_EQ(decoder->failure().http_status, 503);
  EXPECT_EQ(sink.deltas, 0);
}

TEST(OpenAiDecoder, RefusesAnEndlessLine) {
  const auto decoder = decoder_for();
  CountingSink sink;
  const std::string piece(1 << 20, 'x');
  Status status = decoder->feed("data: {\"choices\":\"", sink);

  for (int i = 0; i < 20 && status; ++i) status = decoder->feed(piece, sink);

  EXPECT_FALSE(status);
  EXPECT_EQ(decoder->failure().failure, chat::FailureClass::provider_error);
}

TEST(OpenAiDecoder, RefusesAnEndlessJsonBody) {
  const auto decoder = decoder_for();
  CountingSink sink;
  const std::string piece(1 << 20, ' ');
  Status status = decoder->feed("{", sink);

  for (int i = 0; i < 40 && status; ++i) status = decoder->feed(piece, sink);

  EXPECT_FALSE(status);
}

TEST(OpenAiDecoder, BoundsTheCallsOfOneEvent) {
  const auto decoder = decoder_for();
  CountingSink sink;
  std::string calls = "[";
  for (int i = 0; i < 5'000; ++i) calls += R"({"function":{"name":"f","arguments":{"a":1}}},)";
  calls.back() = ']';

  ASSERT_TRUE(decoder->feed(event(R"({"tool_calls":)" + calls + "}"), sink));

  EXPECT_EQ(sink.names.size(), 256U);
}

TEST(OpenAiDecoder, TakesAHostileChoiceIndexForAnOrdinaryOne) {
  const auto decoder = decoder_for();
  CountingSink sink;

  EXPECT_TRUE(decoder->feed(
      R"(data: {"choices":[{"index":-4,"delta":{"content":"a"}},{"index":1e18,"delta":{"content":"b"}}]})"
      "\n\n",
      sink));
  EXPECT_EQ(sink.content, "ab");
}

TEST(OpenAiDecoder, ExplainsXGroqErrors) {
  const auto decoder = decoder_for("groq");
  CountingSink sink;

  EXPECT_FALSE(decoder->feed(
      R"(data: {"choices":[],"x_groq":{"id":"r","error":"over capacity, please retry in 2s"}})"
      "\n\n",
      sink));
  EXPECT_NE(decoder->failure().message.find("over capacity"), std::string::npos);
}

TEST(OpenAiDecoder, TakesAnErrorInAnArray) {
  const auto decoder = decoder_for();
  CountingSink sink;

  ASSERT_TRUE(decoder->feed(R"([{"error":{"code":429,"message":"Too many requests"}}])", sink));

  EXPECT_FALSE(decoder->finish(sink));
  EXPECT_EQ(decoder->failure().failure, chat::FailureClass::rate_limited);
}

TEST(OpenAiUsage, AbsurdCountsDoNotOverflowTheirSum) {
  chat::Usage usage;

  ASSERT_TRUE(read_usage(
      R"({"prompt_tokens":9223372036854775807,"completion_tokens":9e18,"total_tokens":-3})",
      usage));

  EXPECT_EQ(usage.prompt_tokens, chat::kMostTokens);
  EXPECT_EQ(usage.total_tokens, 2 * chat::kMostTokens);
}

}  // namespace
}  // namespace freellm::provider
