#include "provider/google/generation_config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "freellm/wire/json.hpp"

namespace freellm::provider::google {
namespace {

using Json = wire::OrderedJson;

Json config_for(std::string_view model_id, std::string_view request) {
  catalog::Model model;
  model.upstream_id = model_id;
  return generation_config(Json::parse(request), model, false);
}

Json thinking_for(std::string_view model_id, std::string_view effort) {
  Json request{{"reasoning_effort", effort}};
  catalog::Model model;
  model.upstream_id = model_id;
  const auto config = generation_config(request, model, false);
  return config.contains("thinkingConfig") ? config["thinkingConfig"] : Json{};
}

TEST(GeminiThinking, SwitchesOffOnlyWhereThatIsAllowed) {
  EXPECT_EQ(thinking_for("gemini-2.5-flash", "none"), Json::parse(R"({"thinkingBudget":0})"));
  EXPECT_EQ(thinking_for("gemini-2.5-pro", "none"), Json::parse(R"({"thinkingBudget":128})"));
  EXPECT_EQ(thinking_for("gemini-3-flash-preview", "none"),
            Json::parse(R"({"thinkingLevel":"minimal"})"));
  EXPECT_EQ(thinking_for("gemini-3.1-pro-preview", "minimal"),
            Json::parse(R"({"thinkingLevel":"low"})"));
}

TEST(GeminiThinking, KnowsNoMediumOnTheFirstProOfGenerationThree) {
  EXPECT_EQ(thinking_for("gemini-3-pro-preview", "medium")["thinkingLevel"], "high");
  EXPECT_EQ(thinking_for("gemini-3.1-pro-preview", "medium")["thinkingLevel"], "medium");
}

TEST(GeminiThinking, TakesAnAliasForTheNewestGeneration) {
  EXPECT_EQ(thinking_for("gemini-flash-latest", "high")["thinkingLevel"], "high");
}

TEST(GeminiThinking, IsLeftOutForModelsThatRefuseIt) {
  EXPECT_TRUE(thinking_for("gemini-2.0-flash", "high").is_null());
  EXPECT_TRUE(thinking_for("gemma-4-31b-it", "high").is_null());
}

TEST(GeminiThinking, IsLeftToTheModelWhenTheClientSaysNothing) {
  EXPECT_TRUE(config_for("gemini-2.5-flash", "{}").empty());
}

TEST(GeminiConfig, SendsAtMostFiveStopSequences) {
  const auto config = config_for("gemini-2.5-flash", R"({"stop":["a","","b","c","d","e","f"]})");

  EXPECT_EQ(config["stopSequences"], Json::parse(R"(["a","b","c","d","e"])"));
}

TEST(GeminiConfig, MapsAnySeedIntoThirtyOneBits) {
  EXPECT_EQ(config_for("gemini-2.5-flash", R"({"seed":-1})")["seed"], 0x7fffffff);
  EXPECT_EQ(config_for("gemini-2.5-flash", R"({"seed":42})")["seed"], 42);
}

TEST(GeminiConfig, LeavesOutPenaltiesThatAskForNothing) {
  EXPECT_TRUE(
      config_for("gemini-2.5-flash", R"({"presence_penalty":0,"frequency_penalty":0.0})").empty());
}

}  // namespace
}  // namespace freellm::provider::google
