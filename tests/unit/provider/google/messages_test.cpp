#include "provider/google/messages.hpp"

#include <gtest/gtest.h>

namespace freellm::provider::google {
namespace {

using Json = wire::OrderedJson;

Result<TranslatedMessages> translated(std::string_view messages,
                                      std::string_view model = "gemini-2.5-flash") {
  const auto no_signature = [](std::string_view, std::string_view, const Json&) {
    return std::optional<std::string>{};
  };
  return translate_messages(Json::parse(messages), model_traits(model), no_signature);
}

TEST(GeminiMessages, RefuseAnImageThatIsNotInlineSoThatAnotherRouteIsTried) {
  const auto result = translated(
      R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}])");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::bad_request);
  EXPECT_EQ(result.error().retry, Retry::next_route);
  EXPECT_EQ(result.error().code, "remote_content_unsupported");
}

TEST(GeminiMessages, RefuseAKindOfPartTheyHaveNoPlaceFor) {
  const auto result = translated(R"([{"role":"user","content":[{"type":"hologram"}]}])");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "unsupported_content");
}

TEST(GeminiMessages, CarryAudioAndFilesInline) {
  const auto result = translated(R"([{"role":"user","content":[
    {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}},
    {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE"}}]}])");

  ASSERT_TRUE(result);
  EXPECT_EQ(result->contents[0]["parts"], Json::parse(R"([
    {"inlineData":{"mimeType":"audio/wav","data":"UklG"}},
    {"inlineData":{"mimeType":"application/pdf","data":"JVBE"}}])"));
}

TEST(GeminiMessages, ReadTheMediaTypeOfADataUriInAnySpelling) {
  const auto result = translated(R"([{"role":"user","content":[{"type":"image_url",
    "image_url":{"url":"DATA:image/jpeg;name=a;BASE64,AA=="}}]}])");

  ASSERT_TRUE(result);
  EXPECT_EQ(result->contents[0]["parts"][0]["inlineData"]["mimeType"], "image/jpeg");
}

TEST(GeminiMessages, MakeAConversationOfSystemTextsOneUserTurn) {
  const auto result = translated(R"([{"role":"system","content":"Say hi."}])");

  ASSERT_TRUE(result);
  EXPECT_TRUE(result->system.is_null());
  EXPECT_EQ(result->contents, Json::parse(R"([{"role":"user","parts":[{"text":"Say hi."}]}])"));
}

TEST(GeminiMessages, StartWithAUserTurnWhereverTheHistoryWasCut) {
  const auto result =
      translated(R"([{"role":"assistant","content":"Hello."},{"role":"user","content":"Hi"}])");

  ASSERT_TRUE(result);
  EXPECT_EQ(result->contents[0]["role"], "user");
  EXPECT_EQ(result->contents[1]["role"], "model");
}

TEST(GeminiMessages, NeverSendATurnWithoutParts) {
  const auto result =
      translated(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":""},
    {"role":"user","content":[]},{"role":"user","content":"There?"}])");

  ASSERT_TRUE(result);
  EXPECT_EQ(result->contents,
            Json::parse(R"([{"role":"user","parts":[{"text":"Hi"},{"text":"There?"}]}])"));
}

TEST(GeminiMessages, WrapArgumentsAndResultsThatAreNoObjects) {
  const auto result = translated(R"([{"role":"user","content":"?"},
    {"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"[1]"}},
      {"id":"b","type":"function","function":{"name":"f","arguments":"not json"}}]},
    {"role":"tool","tool_call_id":"a","name":"f","content":"plain"},
    {"role":"tool","tool_call_id":"b","name":"f","content":"{\"ok\":true}"}])");

  ASSERT_TRUE(result);
  EXPECT_EQ(result->contents[1]["parts"][0]["functionCall"]["args"],
            Json::parse(R"({"value":[1]})"));
  EXPECT_EQ(result->contents[1]["parts"][1]["functionCall"]["args"],
            Json::parse(R"({"value":"not json"})"));
  EXPECT_EQ(result->contents[2]["parts"][0]["functionResponse"]["response"],
            Json::parse(R"({"result":"plain"})"));
  EXPECT_EQ(result->contents[2]["parts"][1]["functionResponse"]["response"],
            Json::parse(R"({"ok":true})"));
}

TEST(GeminiMessages, TakeAResultOfVeryManyMembersForText) {
  std::string text = "{";
  for (int i = 0; i < 60'000; ++i) text += (i > 0 ? ",\"m" : "\"m") + std::to_string(i) + "\":0";
  text += "}";
  Json messages = Json::parse(R"([{"role":"user","content":"?"},
    {"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"a","name":"f"}])");
  messages[2]["content"] = text;

  const auto result = translated(wire::dump_json(messages));

  ASSERT_TRUE(result);
  EXPECT_EQ(result->contents[2]["parts"][0]["functionResponse"]["response"]["result"], text);
}

TEST(GeminiMessages, FoldTheSystemTextIntoTheFirstUserTurnForGemma) {
  const auto result =
      translated(R"([{"role":"user","content":"Hi"},{"role":"system","content":"Be brief."}])",
                 "gemma-4-31b-it");

  ASSERT_TRUE(result);
  EXPECT_TRUE(result->system.is_null());
  EXPECT_EQ(result->contents,
            Json::parse(R"([{"role":"user","parts":[{"text":"Be brief."},{"text":"Hi"}]}])"));
}

}  // namespace
}  // namespace freellm::provider::google
