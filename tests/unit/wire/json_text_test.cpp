#include "freellm/wire/json_text.hpp"

#include <gtest/gtest.h>

#include "freellm/base/random.hpp"

namespace freellm::wire {
namespace {

TEST(JsonText, EscapesWhatJsonDemands) {
  const std::string plain = "a\"b\\c\n\r\t\b\f\x01\x1f\x7f";

  EXPECT_EQ(escaped(plain), "a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001f\x7f");
}

TEST(JsonText, EscapesANulByte) { EXPECT_EQ(escaped(std::string_view{"\0", 1}), "\\u0000"); }

TEST(JsonText, LeavesUtf8AsItIs) {
  EXPECT_EQ(escaped("grüße 你好 🙂"), "grüße 你好 🙂");
}

TEST(JsonText, ReplacesInvalidUtf8) {
  EXPECT_EQ(escaped("a\xff\xfe\"z"), "a\xef\xbf\xbd\xef\xbf\xbd\\\"z");
  EXPECT_EQ(escaped("cut \xe4\xbd"), "cut \xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
  EXPECT_EQ(escaped("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
}

TEST(JsonText, AppendsBehindWhatIsThere) {
  std::string out = "x";
  append_escaped(out, "\"");

  EXPECT_EQ(out, "x\\\"");
}

TEST(JsonText, UnescapesEveryEscape) {
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\té\u4F60)"), "\"\\/\b\f\n\r\té你");
}

TEST(JsonText, UnescapesSurrogatePairs) { EXPECT_EQ(unescaped(R"(\ud83d\ude42)"), "🙂"); }

TEST(JsonText, ReplacesLoneSurrogates) {
  EXPECT_EQ(unescaped(R"(\ud83d)"), "\xef\xbf\xbd");
  EXPECT_EQ(unescaped(R"(\ude42x)"), "\xef\xbf\xbdx");
  EXPECT_EQ(unescaped(R"(\ud83dA)"),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude42)"), "\xef\xbf\xbd🙂");
}

TEST(JsonText, UnescapingMalformedTextStaysInside) {
  EXPECT_EQ(unescaped("a\\"), "a");
  EXPECT_EQ(unescaped("\\u12"),
            "\xef\xbf\xbd"
            "12");
  EXPECT_EQ(unescaped("\\q"), "q");
}

TEST(JsonText, RoundTripsAnyValidText) {
  SeededRandom random{7};
  for (int round = 0; round < 200; ++round) {
    std::string plain;
    for (auto n = random.below(80); n > 0; --n) {
      plain += random.below(4) == 0 ? std::string{"é"} : std::string(1, char(random.below(128)));
    }

    const auto text = escaped(plain);

    EXPECT_TRUE(is_valid_json_text(text));
    EXPECT_EQ(unescaped(text), plain);
  }
}

TEST(JsonText, KnowsWhatMayStandBetweenQuotes) {
  EXPECT_TRUE(is_valid_json_text(""));
  EXPECT_TRUE(is_valid_json_text(R"(plain \n \u00e9 \" text that is longer than a vector)"));
  EXPECT_TRUE(is_valid_json_text("你好"));
  EXPECT_FALSE(is_valid_json_text("a\"b"));
  EXPECT_FALSE(is_valid_json_text("a\nb"));
  EXPECT_FALSE(is_valid_json_text("\\x"));
  EXPECT_FALSE(is_valid_json_text("\\u00g0"));
  EXPECT_FALSE(is_valid_json_text("\\u00"));
  EXPECT_FALSE(is_valid_json_text("\\"));
  EXPECT_FALSE(is_valid_json_text("\xff"));
}

TEST(JsonText, FindsTheSpecialByteAtEveryPosition) {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string plain(size, 'x');
      plain[at] = '"';

      EXPECT_FALSE(is_valid_json_text(plain)) << size << ' ' << at;
      EXPECT_EQ(escaped(plain).size(), size + 1);
    }
  }
}

}  // namespace
}  // namespace freellm::wire
