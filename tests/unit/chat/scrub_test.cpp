#include "freellm/chat/scrub.hpp"

#include <gtest/gtest.h>

namespace freellm::chat {
namespace {

class Secrets : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Secrets, AreRedactedWhereverTheyStand) {
  const std::string secret{GetParam()};
  for (const auto& text : {secret, "key " + secret + " is bad", "\"" + secret + "\"",
                           "Incorrect API key provided: " + secret + ". See docs",
                           "(" + secret + ")", "key=" + secret}) {
    const std::string out = scrub(text);
    EXPECT_EQ(out.find(secret), std::string::npos) << out;
    EXPECT_NE(out.find("[redacted]"), std::string::npos) << out;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Scrub, Secrets,
    ::testing::Values("sk-proj-Ab12Cd34Ef56", "sk-or-v1-0123456789abcdef", "gsk_0aB1cD2eF3gH4",
                      "csk-1234567890ab", "AIzaSyA1234567890abcdefghijklmnopqrstu",
                      "nvapi-abcDEF123456", "ghp_abcdefghij0123", "github_pat_11ABC_def456ghi",
                      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                      "0123456789abcdef0123456789abcdef", "freellmapi-0011223344556677"));

TEST(Scrub, RedactsKnownSecretsOfAnyShape) {
  const std::string_view secrets[] = {"hunter2hunter", "abc"};

  EXPECT_EQ(scrub("key hunter2hunter, abc", secrets), "key [redacted], abc");
}

TEST(Scrub, RedactsBearerValues) {
  EXPECT_EQ(scrub("Authorization: Bearer abc/def+123== was refused"),
            "Authorization: Bearer [redacted] was refused");
}

TEST(Scrub, RedactsUrlQueriesAndUserInfo) {
  EXPECT_EQ(scrub("GET https://u:p@x.example/v1?key=short&alt=sse failed"),
            "GET https://[redacted]x.example/v1?key=[redacted]&alt=[redacted] failed");
}

TEST(Scrub, LeavesOrdinaryWordsAlone) {
  for (const auto* text :
       {"Rate limit reached for model llama-3.3-70b-versatile in organization",
        "token limit exceeded: 8000 tokens per minute", "risk-free basic plan, bearer of news",
        "Please try again in 7.66s. 日本語", "50 % of a?b, c & d = e"}) {
    EXPECT_EQ(scrub(text), text);
  }
}

TEST(Scrub, CutsOnACharacterBoundary) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "é ";

  const std::string out = scrub(text);

  EXPECT_LE(out.size(), 500u);
  EXPECT_GE(out.size(), 498u);
  EXPECT_EQ(out, text.substr(0, out.size()));
  EXPECT_NE(static_cast<unsigned char>(out.back()), 0xC3);
}

TEST(Scrub, ASecretAcrossTheCutLeavesNoPiece) {
  const std::string text = std::string(495, '.') + " sk-proj-Ab12Cd34Ef56";

  EXPECT_EQ(scrub(text).find("sk-"), std::string::npos);
}

TEST(Scrub, ReplacesControlCharactersAndInvalidUtf8) {
  EXPECT_EQ(scrub("a\r\nb\x1b[0m \xff!"), "a  b [0m \xEF\xBF\xBD!");
}

TEST(Scrub, IsQuickOnHostileText) {
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "a.";

  EXPECT_EQ(scrub(text).size(), 500u);
}

}  // namespace
}  // namespace freellm::chat
