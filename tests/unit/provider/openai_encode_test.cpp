#include <gtest/gtest.h>

#include <algorithm>

#include "freellm/provider/native.hpp"
#include "freellm/provider/openai_compat.hpp"
#include "freellm/provider/request_head.hpp"
#include "route_fixture.hpp"

namespace freellm::provider {
namespace {

TEST(OpenAiEncode, BorrowsThePromptInsteadOfCopyingIt) {
  const TestRoute to("openai");
  const std::string prompt(300'000, 'x');
  const auto request =
      parsed(R"({"model":"auto","temperature":1,"messages":[{"role":"user","content":")" + prompt +
             R"("}],"top_p":0.5})");

  const auto encoded = openai_adapter().encode(request, to.route());

  ASSERT_TRUE(encoded);
  const auto body = request.body.view();
  std::size_t owned = 0;
  for (const auto piece : encoded->body.pieces()) {
    if (piece.data() < body.data() || piece.data() >= body.data() + body.size())
      owned += piece.size();
  }
  EXPECT_LT(owned, 100U);
}

TEST(OpenAiEncode, LeavesTheRequestAsItWas) {
  const TestRoute mistral("mistral");
  const TestRoute plain("openai");
  const std::string sent =
      R"({"model":"auto","seed":1,"messages":[{"role":"user","content":"hi"}]})";
  const auto request = parsed(sent);

  const auto first = openai_adapter().encode(request, mistral.route());
  const auto second = openai_adapter().encode(request, plain.route());

  ASSERT_TRUE(first && second);
  EXPECT_EQ(request.body.view(), sent);
  EXPECT_EQ(second->body.flatten(),
            R"({"model":"m-1","seed":1,"messages":[{"role":"user","content":"hi"}]})");
}

TEST(OpenAiEncode, EscapesTheModelId) {
  const TestRoute to("openai", "https://api.example.com/v1", "we\"ird\\model");
  const auto request = parsed(R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})");

  const auto encoded = openai_adapter().encode(request, to.route());

  ASSERT_TRUE(encoded);
  EXPECT_TRUE(encoded->body.flatten().starts_with(R"({"model":"we\"ird\\model")"));
}

TEST(OpenAiEncode, RefusesAnAbsurdNumberOfMembers) {
  const TestRoute to("openai");
  std::string json = R"({"model":"auto","messages":[{"role":"user","content":"hi"}])";
  for (int i = 0; i < 300; ++i) json += ",\"m" + std::to_string(i) + "\":1";
  auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(json + "}"));
  if (!request) return;  // refused even earlier

  const auto encoded = openai_adapter().encode(*request, to.route());

  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().kind, ErrorKind::bad_request);
}

TEST(OpenAiEncode, RefusesAKeyThatWouldBreakOutOfItsLineWithoutShowingIt) {
  const std::vector<std::string> keys{"abc\r\nX-Evil: 1", "abc\n", "ab c", "k\xc3\xa9y",
                                      std::string("a\0b", 3)};
  for (const auto& key : keys) {
    const TestRoute to("openai", "https://api.example.com/v1", "m", key);
    const auto request = parsed(R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})");

    const auto encoded = openai_adapter().encode(request, to.route());

    ASSERT_FALSE(encoded);
    EXPECT_EQ(encoded.error().kind, ErrorKind::upstream_auth);
    EXPECT_EQ(encoded.error().message.find("abc"), std::string::npos);
  }
}

TEST(OpenAiEncode, MapsForeignToolIdsForMistralTheSameOnBothSides) {
  const TestRoute to("mistral");
  const auto request = parsed(R"({"model":"auto","messages":[{"role":"user","content":"w?"},
    {"role":"assistant","content":null,"tool_calls":[{"id":"call_abcdefghijkl","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"call_abcdefghijkl","content":"12"},{"role":"user","content":"thanks"}]})");

  const auto encoded = openai_adapter().encode(request, to.route());

  ASSERT_TRUE(encoded);
  const auto body = encoded->body.flatten();
  EXPECT_EQ(body.find("call_abcdefghijkl"), std::string::npos);
  const auto at = body.find(R"("tool_call_id":")");
  ASSERT_NE(at, std::string::npos);
  const auto id = body.substr(at + 16, 9);
  EXPECT_EQ(body[at + 25], '"');
  EXPECT_NE(body.find(R"("id":")" + id + '"'), std::string::npos);
  const auto thanks = body.find("thanks");
  EXPECT_NE(body.rfind(R"("role":"assistant")", thanks), std::string::npos);
  EXPECT_GT(body.rfind(R"("role":"assistant")", thanks), at)
      << "a user turn may not follow a tool result";
}

TEST(OpenAiEncode, MergesSystemMessagesForNvidia) {
  const TestRoute to("nvidia");
  const auto request = parsed(R"({"model":"auto","messages":[{"role":"system","content":"A."},
    {"role":"user","content":"hi"},{"role":"system","content":"B."}]})");

  const auto body = openai_adapter().encode(request, to.route())->body.flatten();

  EXPECT_EQ(body.find(R"("role":"system")"), body.rfind(R"("role":"system")"));
  EXPECT_LT(body.find("B."), body.find(R"("role":"user")"));
}

TEST(PollRequest, FollowsNvidiasPromise) {
  const TestRoute to("nvidia", "https://integrate.api.nvidia.com/v1");
  wire::HeaderList headers;
  headers.add("NVCF-REQID", "3f2a-77");

  const auto poll = poll_request(202, headers, to.route());

  ASSERT_TRUE(poll);
  EXPECT_EQ(poll->origin.host, "api.nvcf.nvidia.com");
  EXPECT_TRUE(poll->head.starts_with("GET /v2/nvcf/pexec/status/3f2a-77 HTTP/1.1\r\n"))
      << poll->head;
  EXPECT_NE(poll->head.find("Authorization: Bearer key-1"), std::string::npos);
  EXPECT_EQ(poll->head.find("Content-Length"), std::string::npos);
}

TEST(PollRequest, KeepsTheKeyAtTheSiteTheOperatorChose) {
  const TestRoute to("nvidia", "http://127.0.0.1:9000/v1");
  wire::HeaderList headers;
  headers.add("nvcf-reqid", "3f2a-77");

  const auto poll = poll_request(202, headers, to.route());

  ASSERT_TRUE(poll);
  EXPECT_EQ(poll->origin, to.platform.base_url.origin);
}

TEST(PollRequest, IsForA202WithAnHonestId) {
  const TestRoute nvidia("nvidia");
  const TestRoute groq("groq");
  wire::HeaderList good;
  good.add("nvcf-reqid", "3f2a");
  wire::HeaderList bad;
  bad.add("nvcf-reqid", "../../etc/passwd");

  EXPECT_FALSE(poll_request(200, good, nvidia.route()));
  EXPECT_FALSE(poll_request(202, {}, nvidia.route()));
  EXPECT_FALSE(poll_request(202, bad, nvidia.route()));
  EXPECT_FALSE(poll_request(202, good, groq.route()));
}

}  // namespace
}  // namespace freellm::provider
