// The scan by blocks against a reading byte by byte.

#include "chat/string_scan.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "chat/block_scan.hpp"
#include "chat/json_reader.hpp"
#include "chat/wide_scan.hpp"

namespace freellm::chat {
namespace {

/// Where the string that begins at 0 needs a closer look, or where that is left to the caller.
std::size_t first_of_interest(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '"' || byte < 0x20) return at;
    if (byte != '\\') continue;
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next != '"' && next != '\\' && next != 'n') return at;
    ++at;
  }
  return text.size();
}

bool is_second_of_escape(const std::string& text, std::size_t place) {
  std::size_t slashes = 0;
  while (slashes < place && text[place - 1 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1;
}

TEST(StringScan, StopsWhereAReadingByteByByteStops) {
  std::mt19937 random{20261125};
  const std::string alphabet = R"(abcdefghijklmnop\\"ntu)";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const std::size_t length = random() % 400;
    const bool dense = round % 3 == 0;
    while (text.size() < length) {
      const auto choice = random() % (dense ? 6 : 40);
      if (choice == 0) {
        text += R"(\")";
      } else if (choice == 1) {
        text += R"(\n)";
      } else if (choice == 2) {
        text += R"(\\)";
      } else if (random() % 500 == 0) {
        text += alphabet[random() % alphabet.size()];
      } else {
        text += static_cast<char>('a' + random() % 26);
      }
    }
    const std::size_t expected = first_of_interest(text);
    const auto stopped =
        static_cast<std::size_t>(skip_prose(text.data(), text.data() + text.size()) - text.data());
    ASSERT_LE(stopped, expected) << text;
    ASSERT_FALSE(is_second_of_escape(text, stopped)) << stopped << text;
    // Short of that it may only stop for the end of the text.
    const bool near_the_end = stopped + 66 > text.size();
    ASSERT_TRUE(stopped == expected || near_the_end) << text;
  }
}

#if defined(FREELLM_WIDE_SCAN)
/// Prose with everything the scans know, in runs and alone.
std::string any_text(std::mt19937& random, std::size_t length) {
  static constexpr std::string_view kPieces[] = {R"(\n)", R"(\")",    R"(\\)",        R"(\u00e9)",
                                                 R"(\t)", "\xC3\xA9", "\xE8\xAA\x9E", "\\",
                                                 "\"",    "\x01"};
  std::string text;
  const std::size_t rarity = 1 + random() % 200;
  while (text.size() < length) {
    if (random() % rarity == 0) {
      text += kPieces[random() % (random() % 10 == 0 ? std::size(kPieces) : 7)];
    } else {
      text += 'x';
    }
  }
  text.resize(length);
  return text;
}

TEST(StringScan, TheScanWithWideVectorsFindsWhatTheOtherFinds) {
  if (!kHasWideScan) GTEST_SKIP() << "no AVX2 here";
  std::mt19937 random{42};
  for (int round = 0; round < 4'000; ++round) {
    std::string text = any_text(random, random() % 700);
    const std::size_t from = text.empty() ? 0 : random() % std::min<std::size_t>(text.size(), 70);
    char* const at = text.data() + from;
    const char* const end = text.data() + text.size();
    ASSERT_EQ(wide_skip_prose(at, end) - at, skip_prose_by_blocks(at, end) - at) << text;
  }
}

TEST(StringScan, CountingWithWideVectorsCountsTheSame) {
  if (!kHasWideScan) GTEST_SKIP() << "no AVX2 here";
  std::mt19937 random{43};
  for (std::size_t length = 0; length < 900; ++length) {
    // A block of its own, so that a sanitizer sees a read past its end.
    const std::string text = any_text(random, length < 600 ? length : 20 * length);
    const std::vector<char> own{text.begin(), text.end()};
    ByteCounts wide{};
    ByteCounts plain{};
    const char* const stopped = wide_count(Look::unicode_escapes, wide, own.data(), own.size());
    const auto counted = static_cast<std::size_t>(stopped - own.data());
    ASSERT_LE(counted, own.size());
    ASSERT_LE(own.size() - counted, 32U);
    for (std::size_t i = 0; i < counted; ++i) {
      const auto byte = static_cast<signed char>(own[i]);
      plain.high += byte < 0 ? 1 : 0;
      plain.continuation += byte < -64 ? 1 : 0;
      plain.backslash += byte == '\\' ? 1 : 0;
      plain.unicode_escape += byte == '\\' && own[i + 1] == 'u' ? 1 : 0;
    }
    ASSERT_EQ(wide.high, plain.high) << length;
    ASSERT_EQ(wide.continuation, plain.continuation) << length;
    ASSERT_EQ(wide.backslash, plain.backslash) << length;
    ASSERT_EQ(wide.unicode_escape, plain.unicode_escape) << length;
    ByteCounts escapes{};
    ASSERT_EQ(wide_count(Look::escapes, escapes, own.data(), own.size()), stopped);
    ASSERT_EQ(escapes.backslash, plain.backslash);
    ASSERT_EQ(escapes.high, plain.high);
  }
}
#endif

TEST(StringScan, BackslashesAcrossTheEdgesOfBlocks) {
  for (std::size_t before = 50; before < 80; ++before) {
    for (std::size_t slashes = 1; slashes < 140; ++slashes) {
      std::string document = '"' + std::string(before, 'x') + std::string(slashes, '\\') + '"' +
                             std::string(150, 'y') + '"';
      const bool open = slashes % 2 == 1;  // the quote in the middle is escaped
      const std::size_t inside = open ? document.size() - 2 : before + slashes;
      document.resize(document.size() + 16);
      // Begins with an escape, because a string without one is never scanned by blocks.
      document.replace(1, 2, R"(\n)");
      JsonReader reader{document.data(), document.size() - 16};
      EXPECT_EQ(reader.string().size(), inside) << before << ' ' << slashes;
      EXPECT_TRUE(reader.ok());
    }
  }
}

TEST(StringScan, FindsControlCharactersAndBadEscapesInLongStrings) {
  for (std::size_t place = 5; place < 200; ++place) {
    for (const std::string& bad :
         {std::string(1, '\x01'), std::string{R"(\q)"}, std::string{"\\\x01"}}) {
      std::string document = "\"\\n" + std::string(300, 'x') + '"';
      document.replace(place, bad.size(), bad);
      const std::size_t size = document.size();
      document.resize(size + 16);
      JsonReader reader{document.data(), size};
      reader.string();
      EXPECT_FALSE(reader.ok());
      EXPECT_EQ(reader.offset(), place);
    }
  }
}

}  // namespace
}  // namespace freellm::chat
