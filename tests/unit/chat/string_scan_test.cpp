// The scan by blocks against a reading byte by byte.

#include "chat/string_scan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "chat/json_reader.hpp"

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
