#include "freellm/chat/token_estimate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace freellm::chat {
namespace {

TEST(TokenEstimate, CountsAsciiAndOtherCodePoints) {
  const TextCount count = count_text("abc é 日本 😀");

  EXPECT_EQ(count.ascii, 6);
  EXPECT_EQ(count.wide, 4);
  EXPECT_EQ(count.tokens(), 2 + 4);
}

TEST(TokenEstimate, AgreesWithACharacterCountAtEveryLength) {
  std::string text;
  std::int64_t ascii = 0;
  std::int64_t wide = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (i % 3 == 0) {
      text += "語";
      ++wide;
    } else {
      text += 'x';
      ++ascii;
    }
    if (i > 100 && i % 97 != 0) continue;
    ASSERT_EQ(count_text(text).ascii, ascii) << i;
    ASSERT_EQ(count_text(text).wide, wide) << i;
  }
}

TEST(TokenEstimate, AnEscapeIsOneCharacter) {
  EXPECT_EQ(count_json_text(R"(a\nb\"c)").ascii, 5);
  const TextCount count = count_json_text(R"(\u65e5\n\u0041\ud83d\ude00)");
  EXPECT_EQ(count.ascii, 2);
  EXPECT_EQ(count.wide, 2);
}

TEST(TokenEstimate, EscapedTextCountsLikeTheTextItself) {
  const std::string plain = "日本語のテキスト and some words";
  const std::string sent = R"(\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 and some words)";

  EXPECT_EQ(count_json_text(sent).tokens(), count_text(plain).tokens());
}

TEST(TokenEstimate, WithoutUnicodeEscapesTheSearchForThemChangesNothing) {
  std::string text;
  for (int i = 0; i < 9'000; ++i) {
    text += i % 11 == 0 ? R"(\n)" : i % 29 == 0 ? "\xE8\xAA\x9E" : "x";
    if (i > 100 && i % 83 != 0) continue;
    const TextCount quick = count_json_text(text, false);
    ASSERT_EQ(quick.ascii, count_json_text(text).ascii) << i;
    ASSERT_EQ(quick.wide, count_json_text(text).wide) << i;
  }
}

TEST(TokenEstimate, SurvivesBrokenText) {
  EXPECT_EQ(count_json_text("\\").tokens(), 0);
  EXPECT_EQ(count_json_text("").tokens(), 0);
  EXPECT_GE(count_json_text("\\u12").tokens(), 0);
  EXPECT_GE(count_text("\xff\x80").tokens(), 0);
}

TEST(TokenEstimate, BooksAtMostTwoThousandForTheAnswer) {
  EXPECT_EQ(output_allowance(0), 1000);
  EXPECT_EQ(output_allowance(-5), 1000);
  EXPECT_EQ(output_allowance(300), 300);
  EXPECT_EQ(output_allowance(1'000'000), 2000);
}

}  // namespace
}  // namespace freellm::chat
