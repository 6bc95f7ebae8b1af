#include "freellm/chat/chunk_writer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "freellm/wire/json.hpp"
#include "unit/chat/chat_test_support.hpp"

namespace freellm::chat::testing {
namespace {

class Chunks : public ::testing::Test {
 protected:
  explicit Chunks(UsageChunk usage = UsageChunk::omit)
      : writer_({.id = "chatcmpl-1", .created = 1764000000, .model = "m/x"}, usage) {
    writer_.write_to(out_);
  }

  void content(std::string_view text, std::uint32_t choice = 0) {
    Delta delta;
    delta.choice = choice;
    delta.content = text;
    writer_.on_delta(delta);
  }

  /// The payloads of all events so far; checks the framing.
  [[nodiscard]] std::vector<std::string> payloads() const {
    std::vector<std::string> found;
    std::string_view rest = out_;
    while (!rest.empty()) {
      EXPECT_TRUE(rest.starts_with("data: ")) << rest;
      const auto end = rest.find("\n\n");
      EXPECT_NE(end, rest.npos);
      if (end == rest.npos) break;
      found.emplace_back(rest.substr(6, end - 6));
      rest.remove_prefix(end + 2);
    }
    return found;
  }

  [[nodiscard]] std::vector<nlohmann::json> chunks() const {
    std::vector<nlohmann::json> parsed;
    for (const auto& payload : payloads()) {
      if (payload == "[DONE]") continue;
      auto json = wire::parse_json(payload);
      EXPECT_TRUE(json) << payload;
      if (json) parsed.push_back(std::move(*json));
    }
    return parsed;
  }

  std::string out_;
  ChunkWriter writer_;
};

class ChunksWithUsage : public Chunks {
 protected:
  ChunksWithUsage() : Chunks(UsageChunk::include) {}
};

TEST_F(Chunks, TheRoleLeavesTogetherWithTheFirstContent) {
  content("Hi");

  const auto payload = payloads();
  ASSERT_EQ(payload.size(), 2u);
  EXPECT_EQ(
      payload[0],
      R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764000000,"model":"m/x","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})");
  EXPECT_EQ(
      payload[1],
      R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764000000,"model":"m/x","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]})");
}

TEST_F(Chunks, NothingIsWrittenBeforeThereIsSomethingToSay) {
  writer_.on_delta({});
  const Usage usage{1, 0, 1};
  Delta delta;
  delta.usage = &usage;
  writer_.on_delta(delta);

  EXPECT_EQ(out_, "");
  EXPECT_FALSE(writer_.started());
}

TEST_F(Chunks, TheRoleIsSentOnceAndTheAnswerEndsWithFinishAndDone) {
  content("a");
  content("b");
  Delta finish;
  finish.finish = FinishReason::length;
  writer_.on_delta(finish);
  writer_.finish();

  const auto all = chunks();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_FALSE(all[2]["choices"][0]["delta"].contains("role"));
  EXPECT_EQ(all[3]["choices"][0]["delta"], nlohmann::json::object());
  EXPECT_EQ(all[3]["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(payloads().back(), "[DONE]");
  EXPECT_EQ(out_.find("usage"), std::string::npos);
}

TEST_F(Chunks, AnOmittedUsageIsNeverSent) {
  content("a");
  const Usage usage{1, 2, 3};
  Delta delta;
  delta.usage = &usage;
  writer_.on_delta(delta);
  writer_.finish();

  EXPECT_EQ(out_.find("usage"), std::string::npos);
}

TEST_F(ChunksWithUsage, UsageComesOnceAtTheEndAndIsNullBefore) {
  content("a");
  const Usage usage{11, 7, 18, 4, 2};
  Delta delta;
  delta.usage = &usage;
  writer_.on_delta(delta);
  writer_.on_delta(delta);
  writer_.finish();

  const auto all = chunks();
  ASSERT_EQ(all.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(all[i].at("usage").is_null());
  EXPECT_EQ(all[3]["choices"], nlohmann::json::array());
  EXPECT_EQ(all[3]["usage"]["total_tokens"], 18);
  EXPECT_EQ(all[3]["usage"]["prompt_tokens_details"]["cached_tokens"], 4);
  EXPECT_EQ(all[3]["usage"]["completion_tokens_details"]["reasoning_tokens"], 2);
}

TEST_F(Chunks, ToolCallsFollowTheStreamGrammar) {
  const ToolCallFragment opening{0, "call_1", "f", ""};
  const ToolCallFragment more{0, "", "", R"({\"a\":1})"};
  Delta delta;
  delta.tool_calls = {&opening, 1};
  writer_.on_delta(delta);
  delta.tool_calls = {&more, 1};
  writer_.on_delta(delta);

  const auto all = chunks();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(
      all[1]["choices"][0]["delta"]["tool_calls"].dump(),
      R"([{"function":{"arguments":"","name":"f"},"id":"call_1","index":0,"type":"function"}])");
  EXPECT_EQ(all[2]["choices"][0]["delta"]["tool_calls"].dump(),
            R"([{"function":{"arguments":"{\"a\":1}"},"index":0}])");
}

TEST_F(Chunks, EachChoiceGetsItsOwnRoleAndFinish) {
  content("a", 0);
  content("b", 1);
  content("c", 1);
  writer_.finish();

  int roles = 0;
  int finishes = 0;
  for (const auto& chunk : chunks()) {
    roles += chunk["choices"][0]["delta"].contains("role") ? 1 : 0;
    finishes += chunk["choices"][0]["finish_reason"].is_null() ? 0 : 1;
  }
  EXPECT_EQ(roles, 2);
  EXPECT_EQ(finishes, 2);
}

TEST_F(Chunks, CarryReasoningRefusalAndLogprobs) {
  Delta delta;
  delta.reasoning = "r";
  delta.refusal = "no";
  delta.logprobs = R"({"content":[]})";
  writer_.on_delta(delta);

  const auto all = chunks();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1]["choices"][0]["delta"]["reasoning_content"], "r");
  EXPECT_EQ(all[1]["choices"][0]["delta"]["refusal"], "no");
  EXPECT_EQ(all[1]["choices"][0]["logprobs"]["content"], nlohmann::json::array());
}

TEST_F(Chunks, NothingFollowsTheFinishOfAChoice) {
  Delta delta;
  delta.content = "a";
  delta.finish = FinishReason::stop;
  writer_.on_delta(delta);
  const std::string before = out_;

  content("late");

  EXPECT_EQ(out_, before);
}

TEST_F(Chunks, EscapeIdentity) {
  std::string out;
  ChunkWriter writer{{.id = "a\"b", .created = 1, .model = "m\n"}, UsageChunk::omit};
  writer.write_to(out);

  Delta delta;
  delta.content = "x";
  writer.on_delta(delta);

  EXPECT_NE(out.find(R"("id":"a\"b")"), std::string::npos);
  EXPECT_NE(out.find(R"("model":"m\n")"), std::string::npos);
}

TEST(ChunkLines, LogprobsOfAPrettyPrintedAnswerStayOnTheirLine) {
  std::string out;
  ChunkWriter writer{{.id = "a", .created = 1, .model = "m"}, UsageChunk::omit};
  writer.write_to(out);

  Delta delta;
  delta.content = "x";
  delta.logprobs = "{\n  \"content\": [\r\n {\"token\": \"x\"}]\n}";
  writer.on_delta(delta);

  EXPECT_EQ(out.find('\r'), out.npos);
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = out.find('\n', at)) != out.npos; ++at) ++lines;
  EXPECT_EQ(lines, 4U) << out;  // two events of one line, each with its blank line
}

TEST(CompletionId, HasOpenAisForm) {
  SeededRandom random{1};

  const std::string id = new_completion_id(random);

  EXPECT_TRUE(id.starts_with("chatcmpl-"));
  EXPECT_EQ(id.size(), 33u);
}

}  // namespace
}  // namespace freellm::chat::testing
