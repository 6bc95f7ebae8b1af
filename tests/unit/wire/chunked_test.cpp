#include "freellm/wire/chunked.hpp"

#include <gtest/gtest.h>

#include "unit/wire/cuts.hpp"

namespace freellm::wire {
namespace {

using freellm::testing::every_cut;
using freellm::testing::Pieces;

struct Outcome {
  std::string payload;
  std::string left_over;
  bool failed = false;
  bool complete = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(const Pieces& pieces) {
  ChunkedDecoder decoder;
  Outcome outcome;
  for (const auto piece : pieces) {
    const auto used = decoder.feed(piece, [&](std::string_view body) { outcome.payload += body; });
    if (!used) {
      outcome.failed = true;
      return outcome;
    }
    outcome.left_over += piece.substr(*used);
  }
  outcome.complete = decoder.complete();
  return outcome;
}

Outcome decode(std::string_view text) { return decode(Pieces{text}); }

TEST(ChunkFraming, PutsTheLengthInFrontOfThePayload) {
  std::string out = "head";
  const auto mark = open_chunk(out);
  out += std::string(300, 'x');
  close_chunk(out, mark);

  EXPECT_EQ(out, "head0000012c\r\n" + std::string(300, 'x') + "\r\n");
}

TEST(ChunkFraming, TakesAnEmptyChunkBack) {
  std::string out = "head";
  const auto mark = open_chunk(out);
  close_chunk(out, mark);

  EXPECT_EQ(out, "head");
}

TEST(ChunkFraming, IsUnderstoodByTheDecoder) {
  std::string out;
  for (const std::string_view part : {"one", "two", ""}) {
    const auto mark = open_chunk(out);
    out += part;
    close_chunk(out, mark);
  }
  out += kLastChunk;

  const auto outcome = decode(out);

  EXPECT_EQ(outcome.payload, "onetwo");
  EXPECT_TRUE(outcome.complete);
}

TEST(ChunkedDecoder, OutcomeDoesNotDependOnTheCuts) {
  const std::string_view text =
      "4;name=\"v\"\r\nWiki\r\n5 \r\npedia\r\n00E\r\n in\r\n\r\nchunks.\r\n0\r\nTrailer: "
      "x\r\n\r\nNEXT";
  const auto whole = decode(text);
  ASSERT_EQ(whole, (Outcome{"Wikipedia in\r\n\r\nchunks.", "NEXT", false, true}));

  for (const auto& pieces : every_cut(text)) EXPECT_EQ(decode(pieces), whole);
}

TEST(ChunkedDecoder, DeliversAPayloadByteInTheCallThatBringsIt) {
  ChunkedDecoder decoder;
  std::string payload;
  const auto collect = [&](std::string_view body) { payload += body; };

  ASSERT_TRUE(decoder.feed("5\r\nhel", collect));
  EXPECT_EQ(payload, "hel");
  ASSERT_TRUE(decoder.feed("lo", collect));
  EXPECT_EQ(payload, "hello");
}

TEST(ChunkedDecoder, TakesTheEmptyBodyInTwoPieces) {
  EXPECT_TRUE(decode(Pieces{"0\r\n", "\r\n"}).complete);
}

class BadChunk : public ::testing::TestWithParam<const char*> {};

TEST_P(BadChunk, IsRefused) { EXPECT_TRUE(decode(GetParam()).failed); }

INSTANTIATE_TEST_SUITE_P(All, BadChunk,
                         ::testing::Values("\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "0x1\r\n",
                                           "1\nA\r\n", "1\r\nAB\r\n", "1\r\nA\n", "1x\r\n", "1\rA",
                                           "fffffffffffffffff\r\n", "ffffffffffffffff\r\n",
                                           "00000000000000001\r\n", "0\r\n\n", "0\r\nA: b\n",
                                           "0\r\n folded\r\n", "1;a=\x01\r\n"));

TEST(ChunkedDecoder, BoundsExtensions) {
  EXPECT_FALSE(decode("1;" + std::string(900, 'a') + "\r\nA").failed);
  EXPECT_TRUE(decode("1;" + std::string(1100, 'a')).failed);
}

TEST(ChunkedDecoder, BoundsTrailers) {
  std::string text = "0\r\n";
  for (int i = 0; i < 200; ++i)
    text += "X-Filler-Name-Number-" + std::to_string(i) + ": and a value of some length\r\n";

  EXPECT_TRUE(decode(text).failed);
}

}  // namespace
}  // namespace freellm::wire
