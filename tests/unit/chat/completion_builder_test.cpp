#include "freellm/chat/completion_builder.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "freellm/wire/json.hpp"

namespace freellm::chat {
namespace {

class Completion : public ::testing::Test {
 protected:
  [[nodiscard]] nlohmann::json built() const {
    auto json = wire::parse_json(builder_.body());
    EXPECT_TRUE(json) << builder_.body();
    return json ? std::move(*json) : nlohmann::json{};
  }

  CompletionBuilder builder_{{.id = "chatcmpl-9", .created = 1764000000, .model = "openai/gpt-oss"},
                             "groq"};
};

TEST_F(Completion, IsExactlyOpenAisShapePlusTheRoute) {
  Delta delta;
  delta.content = R"(Hi \"there\")";
  delta.finish = FinishReason::stop;
  builder_.on_delta(delta);
  const Usage usage{5, 2, 7};
  Delta last;
  last.usage = &usage;
  builder_.on_delta(last);

  EXPECT_EQ(
      builder_.body(),
      R"({"id":"chatcmpl-9","object":"chat.completion","created":1764000000,"model":"openai/gpt-oss","choices":[{"index":0,"message":{"role":"assistant","content":"Hi \"there\"","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"_routed_via":{"platform":"groq","model":"openai/gpt-oss"}})");
}

TEST_F(Completion, ContentIsNullWhenThereAreOnlyToolCalls) {
  const ToolCallFragment fragments[] = {{0, "a", "f", ""}, {1, "b", "g", "{}"}, {0, "", "", "{}"}};
  Delta delta;
  delta.tool_calls = fragments;
  delta.finish = FinishReason::tool_calls;
  builder_.on_delta(delta);

  const auto message = built()["choices"][0]["message"];
  EXPECT_TRUE(message["content"].is_null());
  EXPECT_EQ(message["tool_calls"].size(), 2u);
  EXPECT_EQ(message["tool_calls"][0]["function"]["arguments"], "{}");
  EXPECT_EQ(message["tool_calls"][1]["id"], "b");
  EXPECT_EQ(built()["choices"][0]["finish_reason"], "tool_calls");
}

TEST_F(Completion, JoinsReasoningContentAndLogprobs) {
  for (const auto* piece : {"a", "b"}) {
    Delta delta;
    delta.content = piece;
    delta.reasoning = piece;
    const std::string logprobs = R"({"content":[{"token":")" + std::string{piece} + R"("}]})";
    delta.logprobs = logprobs;
    builder_.on_delta(delta);
  }

  const auto choice = built()["choices"][0];
  EXPECT_EQ(choice["message"]["content"], "ab");
  EXPECT_EQ(choice["message"]["reasoning_content"], "ab");
  EXPECT_EQ(choice["logprobs"]["content"].size(), 2u);
  EXPECT_EQ(choice["logprobs"]["content"][1]["token"], "b");
  EXPECT_EQ(choice["finish_reason"], "stop");
}

TEST_F(Completion, KeepsSeveralChoices) {
  for (const std::uint32_t index : {0U, 1U, 0U}) {
    Delta delta;
    delta.choice = index;
    delta.content = "x";
    builder_.on_delta(delta);
  }

  const auto choices = built()["choices"];
  ASSERT_EQ(choices.size(), 2u);
  EXPECT_EQ(choices[0]["message"]["content"], "xx");
  EXPECT_EQ(choices[1]["index"], 1);
}

TEST_F(Completion, HasARefusalAndNullContent) {
  Delta delta;
  delta.refusal = "no";
  builder_.on_delta(delta);

  EXPECT_EQ(built()["choices"][0]["message"]["refusal"], "no");
  EXPECT_TRUE(built()["choices"][0]["message"]["content"].is_null());
}

TEST_F(Completion, CountsWhatItHolds) {
  Delta delta;
  delta.content = "12345";
  delta.reasoning = "123";
  builder_.on_delta(delta);

  EXPECT_EQ(builder_.size(), 8u);
}

}  // namespace
}  // namespace freellm::chat
