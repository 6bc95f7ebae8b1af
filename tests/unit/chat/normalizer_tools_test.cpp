#include <gtest/gtest.h>

#include <initializer_list>
#include <set>

#include "unit/chat/normalizer_fixture.hpp"

namespace freellm::chat::testing {
namespace {

struct Piece {
  std::optional<std::uint32_t> index;
  std::string_view id, name;
  std::string_view arguments;  ///< plain
};

class ToolCalls : public ::testing::Test {
 protected:
  /// Each inner list is the tool_calls array of one delta.
  RecordedChoice run(std::initializer_list<std::initializer_list<Piece>> deltas,
                     FinishReason finish = FinishReason::tool_calls) {
    RecordingSink sink;
    SeededRandom random{3};
    NormalizerOptions options;
    options.tools = &tools_;
    StreamNormalizer normalizer{sink, options, random};
    for (const auto& pieces : deltas) {
      std::vector<std::string> arguments;
      for (const auto& piece : pieces) arguments.push_back(wire::escaped(piece.arguments));
      std::vector<ToolCallFragment> fragments;
      std::size_t i = 0;
      for (const auto& piece : pieces) {
        fragments.push_back({piece.index, piece.id, piece.name, arguments[i++]});
      }
      Delta delta;
      delta.tool_calls = fragments;
      normalizer.on_delta(delta);
    }
    Delta last;
    last.finish = finish;
    normalizer.on_delta(last);
    normalizer.finish();
    saw_tool_calls_ = normalizer.saw_tool_calls();
    for (const auto& [index, call] : sink.first().calls) {
      EXPECT_LT(index, 100u) << "a fragment without an index";
      EXPECT_EQ(call.openings, 1) << "id and name once per call";
    }
    return sink.first();
  }

  ToolSchemas tools_ = test_tools();
  bool saw_tool_calls_ = false;
};

constexpr auto kNone = std::nullopt;

TEST_F(ToolCalls, PassOpenAiGrammarThrough) {
  const auto choice = run({{{0, "call_a", "get_weather", ""}},
                           {{0, "", "", "{\"city\":"}},
                           {{0, "", "", "\"Bern\"}"}},
                           {{1, "call_b", "get_weather", ""}},
                           {{1, "", "", "{}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_EQ(choice.calls.at(0), (RecordedCall{"call_a", "get_weather", R"({"city":"Bern"})", 1}));
  EXPECT_EQ(choice.calls.at(1), (RecordedCall{"call_b", "get_weather", "{}", 1}));
}

TEST_F(ToolCalls, AcceptAWholeCallInOneDeltaWithoutIndex) {
  const auto choice = run({{{kNone, "x1", "get_weather", "{\"city\":\"A\"}"},
                            {kNone, "x2", "get_weather", "{\"city\":\"B\"}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_EQ(choice.calls.at(1).id, "x2");
  EXPECT_EQ(choice.calls.at(1).arguments, R"({"city":"B"})");
}

TEST_F(ToolCalls, MakeUpMissingIdsThatDiffer) {
  const auto choice = run({{{kNone, "", "get_weather", "{}"}, {kNone, "", "get_weather", "{}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_EQ(choice.calls.at(0).id.size(), std::string_view{"call_"}.size() + 24);
  EXPECT_NE(choice.calls.at(0).id, choice.calls.at(1).id);
}

TEST_F(ToolCalls, ANewIdUnderAUsedIndexIsANewCall) {
  const auto choice = run({{{0, "a", "get_weather", "{\"city\":\"A\"}"}},
                           {{0, "b", "get_weather", "{\"city\":"}},
                           {{0, "", "", "\"B\"}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_EQ(choice.calls.at(0).arguments, R"({"city":"A"})");
  EXPECT_EQ(choice.calls.at(1).arguments, R"({"city":"B"})");
}

TEST_F(ToolCalls, TwoCallsUnderOneIndexWithoutIdsAreToldApartByTheirEnd) {
  const auto choice = run(
      {{{0, "", "get_weather", "{\"city\":\"A\"}"}}, {{0, "", "get_weather", "{\"city\":\"B\"}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_EQ(choice.calls.at(0).arguments, R"({"city":"A"})");
}

TEST_F(ToolCalls, FollowFragmentsByIdWhenTheIndexIsMissing) {
  const auto choice = run({{{kNone, "a", "get_weather", "{\"city\":"}},
                           {{kNone, "b", "get_weather", "{\"city\":"}},
                           {{kNone, "a", "", "\"A\"}"}},
                           {{kNone, "b", "", "\"B\"}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_EQ(choice.calls.at(0).arguments, R"({"city":"A"})");
  EXPECT_EQ(choice.calls.at(1).arguments, R"({"city":"B"})");
}

TEST_F(ToolCalls, FollowFragmentsByOrderWhenAllIsMissing) {
  const auto choice = run({{{kNone, "", "get_weather", "{\"ci"}}, {{kNone, "", "", "ty\":1}"}}});

  ASSERT_EQ(choice.calls.size(), 1u);
  EXPECT_EQ(choice.calls.at(0).arguments, R"({"city":1})");
}

TEST_F(ToolCalls, DropRepeatedNamesAndIds) {
  const auto choice = run({{{0, "a", "get_weather", "{"}},
                           {{0, "a", "get_weather", "\"city\":1"}},
                           {{0, "a", "get_weather", "}"}}});

  ASSERT_EQ(choice.calls.size(), 1u);
  EXPECT_EQ(choice.calls.at(0), (RecordedCall{"a", "get_weather", R"({"city":1})", 1}));
}

TEST_F(ToolCalls, TellCallsWithOneIdApartByIndex) {
  const auto choice = run({{{0, "call_0", "get_weather", "{}"}}, {{1, "call_0", "plan", "{}"}}});

  ASSERT_EQ(choice.calls.size(), 2u);
  EXPECT_NE(choice.calls.at(0).id, choice.calls.at(1).id);
}

TEST_F(ToolCalls, IgnoreEmptyNamesAndNullSentinels) {
  const auto choice = run({{{0, "a", "get_weather", "{\"city\":"}},
                           {{0, "", "", "1}"}},
                           {{kNone, "", "", ""}},
                           {{1, "", "", ""}}});

  ASSERT_EQ(choice.calls.size(), 1u);
  EXPECT_EQ(choice.calls.at(0).arguments, R"({"city":1})");
}

TEST_F(ToolCalls, WaitForANameThatComesLate) {
  const auto choice = run({{{0, "a", "", "{\"city\":"}}, {{0, "", "get_weather", "2}"}}});

  ASSERT_EQ(choice.calls.size(), 1u);
  EXPECT_EQ(choice.calls.at(0), (RecordedCall{"a", "get_weather", R"({"city":2})", 1}));
}

TEST_F(ToolCalls, ACallThatNeverGetsANameIsNone) {
  const auto choice = run({{{0, "a", "", "{}"}}});

  EXPECT_TRUE(choice.calls.empty());
  EXPECT_FALSE(saw_tool_calls_);
  EXPECT_EQ(choice.finishes, std::vector{FinishReason::stop});
}

TEST_F(ToolCalls, KeepSparseIndexesConsecutive) {
  const auto choice = run({{{3, "a", "get_weather", "{}"}}, {{7, "b", "get_weather", "{}"}}});

  EXPECT_EQ(choice.calls.size(), 2u);
  EXPECT_TRUE(choice.calls.contains(0) && choice.calls.contains(1));
}

TEST_F(ToolCalls, TurnNoArgumentsIntoAnEmptyObject) {
  EXPECT_EQ(run({{{0, "a", "get_weather", "null"}}}).calls.at(0).arguments, "{}");
  EXPECT_EQ(run({{{0, "a", "get_weather", ""}}}).calls.at(0).arguments, "{}");
  EXPECT_EQ(run({{{0, "a", "get_weather", "  "}}}).calls.at(0).arguments, "{}");
  EXPECT_EQ(run({{{0, "a", "unknown_tool", "nu"}}, {{0, "", "", "ll"}}}).calls.at(0).arguments,
            "{}");
}

TEST_F(ToolCalls, UnwrapArgumentsEncodedTwice) {
  const auto choice =
      run({{{0, "a", "get_weather", R"("{\"city\":)"}}, {{0, "", "", R"(\"A\"}")"}}});

  EXPECT_EQ(choice.calls.at(0).arguments, R"({"city":"A"})");
}

TEST_F(ToolCalls, UnwrapMembersEncodedTwiceOnlyWhereTheSchemaSaysSo) {
  const auto choice = run(
      {{{0, "a", "plan", R"({"steps":"[\"x\"]","options":{"deep":"[1]"},"note":"[\"stay\"]"})"}}});

  EXPECT_EQ(choice.calls.at(0).arguments,
            R"({"steps":["x"],"options":{"deep":[1]},"note":"[\"stay\"]"})");
}

TEST_F(ToolCalls, LeaveGoodArgumentsByteForByte) {
  const std::string arguments = R"({ "steps" : ["a"],  "note":"x" })";

  EXPECT_EQ(run({{{0, "a", "plan", arguments}}}).calls.at(0).arguments, arguments);
}

TEST_F(ToolCalls, StreamPlainArgumentsAsTheyCome) {
  RecordingSink sink;
  SeededRandom random{3};
  NormalizerOptions options;
  options.tools = &tools_;
  StreamNormalizer normalizer{sink, options, random};
  const ToolCallFragment fragment{0, "a", "get_weather", R"({\"ci)"};
  Delta delta;
  delta.tool_calls = {&fragment, 1};

  normalizer.on_delta(delta);

  EXPECT_EQ(sink.first().calls.at(0).arguments, "{\"ci");
}

TEST_F(ToolCalls, AreBounded) {
  RecordingSink sink;
  SeededRandom random{3};
  StreamNormalizer normalizer{sink, {}, random};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const ToolCallFragment fragment{i, "", "f", "{}"};
    Delta delta;
    delta.tool_calls = {&fragment, 1};
    normalizer.on_delta(delta);
  }

  EXPECT_EQ(sink.first().calls.size(), 256u);
}

TEST(FinishReasons, StopWithCallsBecomesToolCalls) {
  RecordingSink sink;
  SeededRandom random{3};
  StreamNormalizer normalizer{sink, {}, random};
  const ToolCallFragment fragment{0, "a", "f", "{}"};
  Delta delta;
  delta.tool_calls = {&fragment, 1};
  delta.finish = FinishReason::stop;

  normalizer.on_delta(delta);
  normalizer.finish();

  EXPECT_EQ(sink.first().finishes, std::vector{FinishReason::tool_calls});
  EXPECT_FALSE(sink.first().payload_after_finish);
}

TEST(FinishReasons, ToolCallsWithoutCallsBecomesStop) {
  EXPECT_EQ(run_pieces({"x"}, {}, FinishReason::tool_calls).choice.finishes,
            std::vector{FinishReason::stop});
}

TEST(FinishReasons, LengthAndContentFilterStay) {
  EXPECT_EQ(run_pieces({"x"}, {}, FinishReason::length).choice.finishes,
            std::vector{FinishReason::length});
  EXPECT_EQ(run_pieces({"x"}, {}, FinishReason::content_filter).choice.finishes,
            std::vector{FinishReason::content_filter});
}

TEST(FinishReasons, AreMadeUpWhenMissingAndSaidOnceWhenDoubled) {
  EXPECT_EQ(run_pieces({"x"}, {}, FinishReason::none).choice.finishes,
            std::vector{FinishReason::stop});
  RecordingSink sink;
  SeededRandom random{3};
  StreamNormalizer normalizer{sink, {}, random};
  for (const auto reason : {FinishReason::length, FinishReason::stop}) {
    Delta delta;
    delta.content = "x";
    delta.finish = reason;
    normalizer.on_delta(delta);
  }

  normalizer.finish();

  EXPECT_EQ(sink.first().finishes, std::vector{FinishReason::length});
  EXPECT_FALSE(sink.first().payload_after_finish);
}

TEST(UsageReports, OnlyTheLastCumulativeOneIsHandedOverAtTheEnd) {
  RecordingSink sink;
  SeededRandom random{3};
  StreamNormalizer normalizer{sink, {}, random};
  const Usage usages[] = {{10, 1, 11}, {10, 5, 0}, {0, 0, 0}};
  for (const auto& usage : usages) {
    Delta delta;
    delta.content = "x";
    delta.usage = &usage;
    normalizer.on_delta(delta);
  }

  normalizer.finish();

  ASSERT_EQ(sink.usages.size(), 1u);
  EXPECT_EQ(sink.usages[0].completion_tokens, 5);
  EXPECT_EQ(sink.usages[0].total_tokens, 15);
  EXPECT_FALSE(sink.usages[0].estimated);
}

TEST(UsageReports, AreEstimatedWhenTheUpstreamIsSilent) {
  RecordingSink sink;
  SeededRandom random{3};
  NormalizerOptions options;
  options.prompt_tokens = 20;
  StreamNormalizer normalizer{sink, options, random};
  Delta delta;
  delta.content = "12345678";
  delta.reasoning = "1234";
  normalizer.on_delta(delta);

  normalizer.finish();

  ASSERT_EQ(sink.usages.size(), 1u);
  EXPECT_EQ(sink.usages[0].prompt_tokens, 20);
  EXPECT_EQ(sink.usages[0].completion_tokens, 3);
  EXPECT_EQ(sink.usages[0].total_tokens, 23);
  EXPECT_TRUE(sink.usages[0].estimated);
}

TEST(StreamNormalizer, AnAnswerOfNothingIsADeadTurn) {
  const auto outcome = run_pieces({""}, {});

  EXPECT_FALSE(outcome.has_payload);
  EXPECT_FALSE(outcome.has_answer);
}

TEST(StreamNormalizer, KeepsChoicesApart) {
  RecordingSink sink;
  SeededRandom random{3};
  StreamNormalizer normalizer{sink, {}, random};
  for (const std::uint32_t choice : {0U, 1U, 0U, 1U}) {
    Delta delta;
    delta.choice = choice;
    delta.content = choice == 0 ? "<think>a" : "b";
    normalizer.on_delta(delta);
  }

  normalizer.finish();

  EXPECT_EQ(sink.choices[0].reasoning, "a<think>a");
  EXPECT_EQ(sink.choices[1].content, "bb");
  EXPECT_EQ(sink.choices[1].finishes.size(), 1u);
}

TEST(ToolCallBounds, ArgumentsOfManyCallsAreNotHeldWithoutEnd) {
  const auto tools = test_tools();
  RecordingSink sink;
  SeededRandom random{1};
  NormalizerOptions options;
  options.tools = &tools;
  StreamNormalizer normalizer{sink, options, random};
  const std::string opening = R"({\"note\":\")" + std::string(900'000, 'x');

  for (std::uint32_t index = 0; index < 12; ++index) {
    const std::string id = "call-" + std::to_string(index);
    const ToolCallFragment fragment{.index = index, .id = id, .name = "plan", .arguments = opening};
    Delta delta;
    delta.tool_calls = {&fragment, 1};
    normalizer.on_delta(delta);
  }

  std::size_t handed_over = 0;
  for (const auto& [index, call] : sink.choices[0].calls) handed_over += call.arguments.size();
  EXPECT_GT(handed_over, 2'000'000U);
}

}  // namespace
}  // namespace freellm::chat::testing
