#include "freellm/provider/key_check.hpp"

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"
#include "route_fixture.hpp"

namespace freellm::provider {
namespace {

KeyVerdict verdict(const char* platform, int status, std::string_view body = "{}") {
  const TestRoute to(platform);
  return openai_adapter().judge_key(to.route(), 0, status, {}, body).verdict;
}

std::string first_line(const UpstreamRequest& request) {
  return request.head.substr(0, request.head.find('\r'));
}

TEST(KeyProbes, AskForTheModelListWhereThatNeedsAKey) {
  const TestRoute to("groq", "https://api.groq.com/openai/v1");

  const auto probes = openai_adapter().key_probes(to.route());

  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(first_line(probes[0]), "GET /openai/v1/models HTTP/1.1");
  EXPECT_NE(probes[0].head.find("Authorization: Bearer key-1\r\n"), std::string::npos);
  EXPECT_EQ(probes[0].head.find("Content-Type"), std::string::npos);
}

TEST(KeyProbes, AskOpenRouterForTheKeyItself) {
  const TestRoute to("openrouter", "https://openrouter.ai/api/v1");
  EXPECT_EQ(first_line(openai_adapter().key_probes(to.route())[0]), "GET /api/v1/key HTTP/1.1");
}

TEST(KeyProbes, LeaveTheBasePathForPollinationsAndGithub) {
  const TestRoute pollinations("pollinations", "https://gen.pollinations.ai/v1");
  const TestRoute github("github", "https://models.github.ai/inference");

  EXPECT_EQ(first_line(openai_adapter().key_probes(pollinations.route())[0]),
            "GET /account/key HTTP/1.1");
  EXPECT_EQ(first_line(openai_adapter().key_probes(github.route())[0]),
            "GET /catalog/models HTTP/1.1");
}

TEST(KeyProbes, NeverLeaveTheOperatorsOwnHost) {
  const TestRoute to("pollinations", "http://127.0.0.1:7001/v1");

  const auto probes = openai_adapter().key_probes(to.route());

  EXPECT_EQ(probes[0].origin, to.platform.base_url.origin);
}

TEST(KeyProbes, SpendOneTokenWhereTheListIsPublic) {
  const TestRoute to("nvidia", "https://integrate.api.nvidia.com/v1", "meta/llama");

  const auto probes = openai_adapter().key_probes(to.route());

  EXPECT_EQ(first_line(probes[0]), "POST /v1/chat/completions HTTP/1.1");
  const auto body = probes[0].body.flatten();
  EXPECT_NE(body.find(R"("model":"meta/llama")"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("max_tokens":1)"), std::string::npos) << body;
}

TEST(JudgeKey, AcceptsAndRefusesByStatus) {
  EXPECT_EQ(verdict("groq", 200), KeyVerdict::valid);
  EXPECT_EQ(verdict("groq", 401), KeyVerdict::invalid);
  EXPECT_EQ(verdict("mistral", 401, R"({"detail":"Invalid API Key"})"), KeyVerdict::invalid);
  EXPECT_EQ(verdict("groq", 400, R"({"error":{"message":"API key not valid."}})"),
            KeyVerdict::invalid);
}

TEST(JudgeKey, CondemnsNoKeyForTheProvidersTrouble) {
  for (const int status : {302, 403, 404, 408, 429, 500, 502, 503, 524}) {
    EXPECT_EQ(verdict("groq", status), KeyVerdict::inconclusive) << status;
  }
  EXPECT_EQ(verdict("groq", 403, "<html>error code: 1010</html>"), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict("nvidia", 403, "<html>challenge</html>"), KeyVerdict::inconclusive);
}

TEST(JudgeKey, KnowsWhatAPublicAnswerIsWorth) {
  EXPECT_EQ(verdict("kilo", 200), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict("llm7", 200), KeyVerdict::inconclusive);
}

TEST(JudgeKey, ReadsPollinationsVerdicts) {
  EXPECT_EQ(verdict("pollinations", 402), KeyVerdict::valid);
  EXPECT_EQ(verdict("pollinations", 403), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict("pollinations", 401), KeyVerdict::invalid);
}

TEST(JudgeKey, TakesALimitForASignThatTheKeyWasAccepted) {
  EXPECT_EQ(verdict("nvidia", 429), KeyVerdict::valid);
  EXPECT_EQ(verdict("sambanova", 402), KeyVerdict::valid);
  EXPECT_EQ(verdict("nvidia", 401), KeyVerdict::invalid);
}

TEST(JudgeKey, SaysWhyInWordsWithoutTheKey) {
  const TestRoute to("groq");
  const auto check = openai_adapter().judge_key(
      to.route(), 0, 401, {},
      R"({"error":{"message":"Invalid key gsk_0123456789abcdefABCDEF0123456789"}})");

  EXPECT_NE(check.reason.find("401"), std::string::npos);
  EXPECT_EQ(check.reason.find("0123456789abcdef"), std::string::npos) << check.reason;
}

}  // namespace
}  // namespace freellm::provider
