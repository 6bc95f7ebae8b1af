#include "freellm/wire/sse.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "unit/wire/cuts.hpp"

namespace freellm::wire {
namespace {

using freellm::testing::every_cut;
using freellm::testing::Pieces;

using Events = std::vector<std::pair<std::string, std::string>>;

Events decode(const Pieces& pieces) {
  SseDecoder decoder;
  Events events;
  const auto collect = [&](const SseEvent& event) {
    events.emplace_back(std::string{event.type}, std::string{event.data});
  };
  for (const auto piece : pieces) EXPECT_TRUE(decoder.feed(piece, collect));
  EXPECT_TRUE(decoder.finish(collect));
  return events;
}

Events decode(std::string_view text) { return decode(Pieces{text}); }

TEST(SseDecoder, TakesEveryLineEnd) {
  const Events expected{{"", "a"}, {"", "b"}};

  EXPECT_EQ(decode("data: a\n\ndata: b\n\n"), expected);
  EXPECT_EQ(decode("data: a\r\n\r\ndata: b\r\n\r\n"), expected);
  EXPECT_EQ(decode("data: a\r\rdata: b\r\r"), expected);
}

TEST(SseDecoder, StripsOneSpaceBehindTheColonOnly) {
  EXPECT_EQ(decode("data:a\n\ndata:  b\n\n"), (Events{{"", "a"}, {"", " b"}}));
}

TEST(SseDecoder, JoinsDataLinesWithLineFeeds) {
  EXPECT_EQ(decode("data: a\ndata\ndata: c\n\n"), (Events{{"", "a\n\nc"}}));
}

TEST(SseDecoder, KeepsTheEventType) {
  EXPECT_EQ(decode("event: message_start\ndata: {}\n\ndata: {}\n\n"),
            (Events{{"message_start", "{}"}, {"", "{}"}}));
}

TEST(SseDecoder, IgnoresAByteOrderMarkAtTheStartOnly) {
  EXPECT_EQ(decode("\xef\xbb\xbf"
                   "data: a\n\n\xef\xbb\xbf"
                   "data: b\n\n"),
            (Events{{"", "a"}}));
}

TEST(SseDecoder, CountsCommentsAndDatalessEventsAsLiveness) {
  SseDecoder decoder;
  int events = 0;
  ASSERT_TRUE(decoder.feed(": ping\n\nevent: ping\n\n:\n", [&](const SseEvent&) { ++events; }));

  EXPECT_EQ(events, 0);
  EXPECT_EQ(decoder.liveness_signs(), 3U);
}

TEST(SseDecoder, HandsOverAnEventWithoutItsBlankLineAtTheEnd) {
  EXPECT_EQ(decode("data: a\n\ndata: b"), (Events{{"", "a"}, {"", "b"}}));
  EXPECT_EQ(decode("data: b\n"), (Events{{"", "b"}}));
}

TEST(SseDecoder, DoesNotCopyAnEventThatLiesWholeInTheBytes) {
  SseDecoder decoder;
  const std::string_view bytes = "event: e\ndata: {\"x\":1}\n\n";
  std::string_view data;
  ASSERT_TRUE(decoder.feed(bytes, [&](const SseEvent& event) { data = event.data; }));

  EXPECT_EQ(data.data(), bytes.data() + bytes.find('{'));
}

TEST(SseDecoder, HandsOverAnEventWithTheByteThatEndsIt) {
  SseDecoder decoder;
  int events = 0;
  const auto count = [&](const SseEvent&) { ++events; };

  ASSERT_TRUE(decoder.feed("data: a\r\n\r", count));
  EXPECT_EQ(events, 1);
  ASSERT_TRUE(decoder.feed("\ndata: b\r\n", count));
  EXPECT_EQ(events, 1);
  ASSERT_TRUE(decoder.feed("\r\n", count));
  EXPECT_EQ(events, 2);
}

class SseFixture : public ::testing::TestWithParam<const char*> {};

TEST_P(SseFixture, OutputDoesNotDependOnHowBytesArrive) {
  const auto whole = decode(GetParam());
  ASSERT_FALSE(whole.empty());

  for (const auto& pieces : every_cut(GetParam())) EXPECT_EQ(decode(pieces), whole);
}

INSTANTIATE_TEST_SUITE_P(
    All, SseFixture,
    ::testing::Values(
        "data: {\"choices\":[{\"delta\":{\"content\":\"grüße 🙂\"}}]}\n\n: keep\n\ndata: "
        "[DONE]\n\n",
        "\xef\xbb\xbf"
        "event: a\r\ndata: 1\r\ndata: 2\r\n\r\nid: 7\r\nretry: 3\r\ndata:\r\n\r\nevent: late\r\n",
        "data: x\rdata: y\r\revent: a\revent: b\rdata: z\r\r\ndata: w\n\r\n\ndata: tail",
        "event: one\nevent: two\ndata: first\nevent: three\ndata: second\n\nnonsense\n: c\ndata: "
        "last"));

TEST(SseDecoder, RefusesALineBeyondTheBound) {
  SseDecoder decoder{100};
  const auto ignore = [](const SseEvent&) {};
  ASSERT_TRUE(decoder.feed(std::string(80, 'x'), ignore));
  const auto status = decoder.feed(std::string(80, 'x'), ignore);

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::upstream_protocol);
}

TEST(SseDecoder, RefusesAnEventOfManyLinesBeyondTheBound) {
  SseDecoder decoder{1000};
  const auto ignore = [](const SseEvent&) {};
  Status status;
  for (int i = 0; i < 100 && status; ++i)
    status = decoder.feed("data: twenty characters..\n", ignore);

  EXPECT_FALSE(status);
}

TEST(SseDecoder, ResetForgetsAHalfEvent) {
  SseDecoder decoder;
  Events events;
  const auto collect = [&](const SseEvent& event) { events.emplace_back(event.type, event.data); };
  ASSERT_TRUE(decoder.feed("event: x\ndata: half\ndata: ha", collect));
  ASSERT_TRUE(decoder.has_partial_event());
  decoder.reset();
  ASSERT_TRUE(decoder.feed("data: whole\n\n", collect));

  EXPECT_EQ(events, (Events{{"", "whole"}}));
  EXPECT_FALSE(decoder.has_partial_event());
}

TEST(AppendSseEvent, FramesAndIsDecodedAgain) {
  std::string out;
  append_sse_event(out, "{}");
  append_sse_event(out, "error", "two\r\nlines\n");

  EXPECT_EQ(out, "data: {}\n\nevent: error\ndata: two\ndata: lines\ndata: \n\n");
  EXPECT_EQ(decode(out), (Events{{"", "{}"}, {"error", "two\nlines\n"}}));
}

}  // namespace
}  // namespace freellm::wire
