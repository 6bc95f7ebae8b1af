#include <gtest/gtest.h>

#include "unit/chat/normalizer_fixture.hpp"

namespace freellm::chat::testing {
namespace {

TEST(ThinkExtraction, MovesALeadingThoughtToReasoningWhereverItIsCut) {
  const auto outcome =
      run_every_cut(R"(<think>\nWhy? Because 1 < 2.\n</think>\n\nThe answer.)", {});

  EXPECT_EQ(outcome.choice.reasoning, "Why? Because 1 < 2.\n");
  EXPECT_EQ(outcome.choice.content, "The answer.");
}

TEST(ThinkExtraction, SeesTheTagWhenItIsEscaped) {
  const auto outcome = run_every_cut(R"(\u003cthink\u003ehm\u003c\/think\u003eyes)", {});

  EXPECT_EQ(outcome.choice.reasoning, "hm");
  EXPECT_EQ(outcome.choice.content, "yes");
}

TEST(ThinkExtraction, KnowsTheLongerTagToo) {
  const auto outcome = run_every_cut("<thinking>a</think>b</thinking>c", {});

  EXPECT_EQ(outcome.choice.reasoning, "a</think>b");
  EXPECT_EQ(outcome.choice.content, "c");
}

TEST(ThinkExtraction, AcceptsSpaceBeforeTheTag) {
  const auto outcome = run_every_cut(R"(\n\n <think>a</think>b)", {});

  EXPECT_EQ(outcome.choice.reasoning, "a");
  EXPECT_EQ(outcome.choice.content, "b");
}

TEST(ThinkExtraction, AnUnclosedThoughtIsReasoningAndNoAnswer) {
  const auto outcome = run_every_cut("<think>never ends </thin", {});

  EXPECT_EQ(outcome.choice.reasoning, "never ends </thin");
  EXPECT_EQ(outcome.choice.content, "");
  EXPECT_TRUE(outcome.has_payload);
  EXPECT_FALSE(outcome.has_answer);
}

TEST(ThinkExtraction, LeavesATagQuotedLaterInTheAnswer) {
  const auto outcome = run_every_cut("Use <think>x</think> to think.", {});

  EXPECT_EQ(outcome.choice.content, "Use <think>x</think> to think.");
  EXPECT_EQ(outcome.choice.reasoning, "");
}

TEST(ThinkExtraction, LeavesOtherTagsAndHalfTags) {
  for (const auto* text : {"<thin", "<", "<b>bold</b>", "<thinker>", "<think"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(run_every_cut(text, {}).choice.content, text);
  }
}

TEST(ThinkExtraction, KeepsLeadingSpaceOfAnOrdinaryAnswer) {
  EXPECT_EQ(run_every_cut(R"(\n  indented é \"q\" \\ end)", {}).choice.content,
            "\n  indented é \"q\" \\ end");
}

TEST(ThinkExtraction, CanBeSwitchedOff) {
  NormalizerOptions options;
  options.extract_think = false;

  const auto outcome = run_every_cut("<think>a</think>b", options);

  EXPECT_EQ(outcome.choice.content, "<think>a</think>b");
}

TEST(ThinkExtraction, DoesNotDelayAnOrdinaryAnswer) {
  RecordingSink sink;
  SeededRandom random{1};
  StreamNormalizer normalizer{sink, {}, random};
  Delta delta;
  delta.content = "H";

  normalizer.on_delta(delta);

  EXPECT_EQ(sink.first().content, "H");
  EXPECT_TRUE(normalizer.has_payload());
}

TEST(StreamNormalizer, WhiteSpaceAloneIsADeadTurn) {
  const auto outcome = run_every_cut(R"( \n\t )", {});

  EXPECT_FALSE(outcome.has_payload);
  EXPECT_FALSE(outcome.has_answer);
}

TEST(StreamNormalizer, JoinsASurrogatePairCutBetweenDeltas) {
  RecordingSink sink;
  SeededRandom random{1};
  StreamNormalizer normalizer{sink, {}, random};
  for (const auto* piece : {R"(a \ud83d)", R"(\ude00 b \\ud83d)", R"( c \ud83d)"}) {
    Delta delta;
    delta.content = piece;
    normalizer.on_delta(delta);
  }

  normalizer.finish();

  EXPECT_EQ(sink.first().content, "a \xF0\x9F\x98\x80 b \\ud83d c ");
}

}  // namespace
}  // namespace freellm::chat::testing
