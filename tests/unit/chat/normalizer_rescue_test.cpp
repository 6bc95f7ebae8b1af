#include <gtest/gtest.h>

#include "unit/chat/normalizer_fixture.hpp"

namespace freellm::chat::testing {
namespace {

class Rescue : public ::testing::Test {
 protected:
  [[nodiscard]] Outcome run(std::string_view plain) const {
    NormalizerOptions options;
    options.tools = &tools_;
    return run_every_cut(wire::escaped(plain), options);
  }

  static void expect_call(const Outcome& outcome, std::string_view arguments,
                          std::string_view name = "get_weather") {
    ASSERT_EQ(outcome.choice.calls.size(), 1u) << outcome.choice.content;
    const auto& call = outcome.choice.calls.at(0);
    EXPECT_EQ(call.name, name);
    EXPECT_EQ(call.arguments, arguments);
    EXPECT_TRUE(call.id.starts_with("call_")) << call.id;
    EXPECT_EQ(call.openings, 1);
    EXPECT_EQ(outcome.choice.finishes, std::vector{FinishReason::tool_calls});
  }

  void expect_text(std::string_view plain) const {
    const auto outcome = run(plain);
    EXPECT_EQ(outcome.choice.content, plain);
    EXPECT_TRUE(outcome.choice.calls.empty());
    EXPECT_EQ(outcome.choice.finishes, std::vector{FinishReason::stop});
  }

  ToolSchemas tools_ = test_tools();
};

TEST_F(Rescue, ReadsTaggedCalls) {
  const auto outcome =
      run("I'll look.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Bern "
          "</tool_call>\"}}\n</tool_call>\n");

  expect_call(outcome, R"({"city": "Bern </tool_call>"})");
  EXPECT_EQ(outcome.choice.content, "I'll look.\n");
}

TEST_F(Rescue, ReadsSeveralTaggedCallsEvenWithoutClosingTags) {
  const auto outcome = run(
      R"(<tool_call>{"name":"get_weather","arguments":{"city":"A"}} <tool_call>{"name":"get_weather","arguments":"{\"city\":\"B\"}"}</tool_call>)");

  ASSERT_EQ(outcome.choice.calls.size(), 2u) << outcome.choice.content;
  EXPECT_EQ(outcome.choice.calls.at(0).arguments, R"({"city":"A"})");
  EXPECT_EQ(outcome.choice.calls.at(1).arguments, R"({"city":"B"})");
  EXPECT_NE(outcome.choice.calls.at(0).id, outcome.choice.calls.at(1).id);
  EXPECT_EQ(outcome.choice.content, "");
}

TEST_F(Rescue, ReadsFunctionTagsWithAndWithoutTheBracket) {
  expect_call(run(R"(<function=get_weather{"city":"Bern"}</function>)"), R"({"city":"Bern"})");
  expect_call(run(R"(<function=get_weather>{"city":"Bern"}</function>)"), R"({"city":"Bern"})");
  expect_call(run(R"(<function=get_weather>{"city":"Bern"})"), R"({"city":"Bern"})");
}

TEST_F(Rescue, ReadsSpecialTokens) {
  expect_call(
      run(R"(<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city":"Bern"}<|tool_call_end|>)"),
      R"({"city":"Bern"})");
}

TEST_F(Rescue, ReadsASectionOfSpecialTokens) {
  const auto outcome =
      run("Sure.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_"
          "argument_begin|>{\"city\":\"A\"}<|tool_call_end|>"
          "<|tool_call_begin|>functions.plan:1<|tool_call_argument_begin|>{\"note\":\"n\"}<|tool_"
          "call_end|><|tool_calls_section_end|>");

  ASSERT_EQ(outcome.choice.calls.size(), 2u);
  EXPECT_EQ(outcome.choice.calls.at(1).name, "plan");
  EXPECT_EQ(outcome.choice.content, "Sure.");
}

TEST_F(Rescue, ADegradedTokenWithoutAFunctionNameIsADeadTurn) {
  const auto outcome = run(
      R"(<|tool_call_begin|>call_0af3:0<|tool_call_argument_begin|>{"city":"Bern"}<|tool_call_end|>)");

  EXPECT_FALSE(outcome.has_answer);
  EXPECT_EQ(outcome.choice.content, "");
}

TEST_F(Rescue, ReadsAFencedCall) {
  expect_call(run("```json\n{\"name\":\"get_weather\",\"arguments\":{\"city\":\"Bern\"}}\n```"),
              R"({"city":"Bern"})");
  expect_call(run("```\n{ \"name\" : \"get_weather\", \"parameters\":{\"city\":\"Bern\"}}```\n"),
              R"({"city":"Bern"})");
}

TEST_F(Rescue, ReadsABareCall) {
  expect_call(run(R"({"name":"get_weather","arguments":{"city":"Bern"}})"), R"({"city":"Bern"})");
  expect_call(run("\n{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":{"
                  "\"city\":\"Bern\"}}}"),
              R"({"city":"Bern"})");
}

TEST_F(Rescue, ReadsCallsThatAreEscapedMore) {
  NormalizerOptions options;
  options.tools = &tools_;

  const auto outcome = run_every_cut(
      R"(\u003cfunction=get_weather\u003e{\"city\":\"B\u00e9rn\"}\u003c\/function\u003e)", options);

  expect_call(outcome, R"({"city":"Bérn"})");
}

TEST_F(Rescue, LeavesUndeclaredNamesInTheText) {
  expect_text(R"(<tool_call>{"name":"rm_rf","arguments":{}}</tool_call> done)");
  expect_text(R"(<function=rm_rf>{}</function>)");
  expect_text("```json\n{\"name\":\"rm_rf\",\"arguments\":{}}\n```");
  expect_text(R"({"name":"rm_rf","arguments":{}})");
}

TEST_F(Rescue, LeavesArgumentsThatAreNoObject) {
  expect_text(R"(<function=get_weather>["Bern"]</function>)");
  expect_text(R"(<tool_call>{"name":"get_weather","arguments":["Bern"]}</tool_call>)");
  expect_text(R"(<function=get_weather>{"city":}</function>)");
  expect_text(R"({"name":"get_weather","arguments":"Bern"})");
}

TEST_F(Rescue, LeavesProseCodeAndMathematics) {
  expect_text("if a < b and c > d: `x` ``y`` <b>bold</b> <tool> <functional> <| |>");
  expect_text("```python\nprint({\"name\": \"get_weather\"})\n```\nand ```json\n{\"a\":1}\n```\n");
  expect_text("{\"answer\": 42, \"name\": \"get_weather\"}");
  expect_text("Say {\"name\":\"get_weather\",\"arguments\":{}} like this.");
  expect_text("<<<<<<<<<<````````{{{{");
  expect_text("{\"name\":\"get_wea");
}

TEST_F(Rescue, KeepsTextAroundCalls) {
  const auto outcome = run(
      R"(one <function=get_weather>{"city":"A"}</function> two <function=nope>{}</function> three)");

  ASSERT_EQ(outcome.choice.calls.size(), 1u);
  EXPECT_EQ(outcome.choice.content, "one two <function=nope>{}</function> three");
}

TEST_F(Rescue, NeverHappensWithoutDeclaredTools) {
  const std::string text = R"(<function=get_weather>{"city":"A"}</function>)";

  const auto outcome = run_every_cut(wire::escaped(text), {});

  EXPECT_EQ(outcome.choice.content, text);
  EXPECT_FALSE(outcome.saw_tool_calls);
}

TEST_F(Rescue, CanBeSwitchedOff) {
  NormalizerOptions options;
  options.tools = &tools_;
  options.rescue_tool_calls = false;
  const std::string text = R"(<function=get_weather>{"city":"A"}</function>)";

  EXPECT_EQ(run_every_cut(wire::escaped(text), options).choice.content, text);
}

TEST_F(Rescue, FindsACallBehindAThought) {
  const auto outcome =
      run(R"(<think>weather</think><function=get_weather>{"city":"A"}</function>)");

  expect_call(outcome, R"({"city":"A"})");
  EXPECT_EQ(outcome.choice.reasoning, "weather");
}

TEST_F(Rescue, DoesNotDelayOrdinaryText) {
  RecordingSink sink;
  SeededRandom random{1};
  NormalizerOptions options;
  options.tools = &tools_;
  StreamNormalizer normalizer{sink, options, random};
  const auto say = [&](std::string_view text) {
    Delta delta;
    delta.content = text;
    normalizer.on_delta(delta);
  };

  say("a < b");
  EXPECT_EQ(sink.first().content, "a < b");
  say(" and <div");
  EXPECT_EQ(sink.first().content, "a < b and <div");
  say("> ```py");
  EXPECT_EQ(sink.first().content, "a < b and <div> ```py");
}

TEST_F(Rescue, GivesUpOnACallWithoutEnd) {
  RecordingSink sink;
  SeededRandom random{1};
  NormalizerOptions options;
  options.tools = &tools_;
  StreamNormalizer normalizer{sink, options, random};
  const std::string piece(4096, 'x');
  Delta delta;
  delta.content = "<tool_call>";
  normalizer.on_delta(delta);

  for (int i = 0; i < 80; ++i) {
    delta.content = piece;
    normalizer.on_delta(delta);
  }

  EXPECT_GT(sink.first().content.size(), 256u * 1024);
}

TEST_F(Rescue, ManyFalseMarkersInOneDeltaAreHandledWithoutRecursion) {
  const std::string text(200'000, '<');
  NormalizerOptions options;
  options.tools = &tools_;

  EXPECT_EQ(run_pieces({text}, options).choice.content.size(), text.size());
}

TEST_F(Rescue, WhiteSpaceBehindABraceIsNotHeldWithoutEnd) {
  for (const std::string start : {"{", "```json\\n", "{\\n  \"type\" "}) {
    RecordingSink sink;
    SeededRandom random{1};
    NormalizerOptions options;
    options.tools = &tools_;
    StreamNormalizer normalizer{sink, options, random};
    const std::string space(1024, ' ');
    Delta delta;
    delta.content = start;
    normalizer.on_delta(delta);

    for (int i = 0; i < 6; ++i) {
      delta.content = space;
      normalizer.on_delta(delta);
    }

    EXPECT_GT(sink.first().content.size(), 4096U) << start;
  }
}

}  // namespace
}  // namespace freellm::chat::testing
