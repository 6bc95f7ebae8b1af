#include "provider/cohere/request_body.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"

namespace freellm::provider::cohere {
namespace {

using Json = wire::OrderedJson;

Json body_for(const catalog::Model& model, const std::string& members) {
  auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}],)" + members + "}"));
  EXPECT_TRUE(request) << request.error().message;
  return request_body(*request, model);
}

catalog::Model reasoning_model() {
  catalog::Model model;
  model.upstream_id = "command-a-reasoning-08-2025";
  model.capabilities.reasoning = true;
  return model;
}

TEST(CohereThinking, FollowsTheEffort) {
  const auto thinking = [](const std::string& effort) {
    return body_for(reasoning_model(), R"("reasoning_effort":")" + effort + "\"")["thinking"];
  };

  EXPECT_EQ(thinking("none"), Json::parse(R"({"type":"disabled"})"));
  EXPECT_EQ(thinking("low"), Json::parse(R"({"type":"enabled","token_budget":1024})"));
  EXPECT_EQ(thinking("high"), Json::parse(R"({"type":"enabled"})"));
}

TEST(CohereThinking, IsLeftOutForModelsThatDoNotReason) {
  EXPECT_FALSE(body_for({}, R"("reasoning_effort":"high")").contains("thinking"));
  EXPECT_FALSE(body_for(reasoning_model(), R"("seed":1)").contains("thinking"));
}

TEST(CohereRequest, KeepsSamplingWithinItsRanges) {
  const auto body =
      body_for({}, R"("temperature":2,"top_p":0,"top_k":-1,"presence_penalty":2,"seed":-9)");

  EXPECT_EQ(body["temperature"], 1.0);
  EXPECT_EQ(body["p"], 0.01);
  EXPECT_EQ(body["k"], 0);
  EXPECT_EQ(body["presence_penalty"], 1.0);
  EXPECT_TRUE(body["seed"].is_number_unsigned());
}

TEST(CohereRequest, SendsJsonModeWithoutSchema) {
  EXPECT_EQ(body_for({}, R"("response_format":{"type":"json_object"})")["response_format"],
            Json::parse(R"({"type":"json_object"})"));
}

}  // namespace
}  // namespace freellm::provider::cohere
