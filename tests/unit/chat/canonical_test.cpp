#include "freellm/chat/canonical.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/chat/chat_test_support.hpp"

namespace freellm::chat::testing {
namespace {

std::string messages(std::string_view sent, const HygieneOptions& options = {}) {
  const auto request = parse_messages_json(sent);
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request ? canonical_messages(*request, options).dump() : "";
}

std::string whole(std::string_view member) {
  const auto request = parse_with(member);
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  if (!request) return "";
  auto json = canonical_request(*request, {});
  json.erase("model");
  json.erase("messages");
  return json.dump();
}

/// A turn that calls f with id `id`.
std::string call(std::string_view id) {
  return R"({"role":"assistant","content":null,"tool_calls":[{"id":")" + std::string{id} +
         R"(","type":"function","function":{"name":"f","arguments":"{}"}}]})";
}

std::string result(std::string_view id, std::string_view content = "r") {
  return R"({"role":"tool","tool_call_id":")" + std::string{id} + R"(","content":")" +
         std::string{content} + R"("})";
}

TEST(CanonicalMessages, LeavesARegularHistoryAsItIs) {
  const std::string sent = R"([{"role":"system","content":"s"},{"role":"user","content":"x"},)" +
                           call("a") + "," + result("a") +
                           R"(,{"role":"assistant","content":"y"}])";

  EXPECT_EQ(nlohmann::json::parse(messages(sent)), nlohmann::json::parse(sent));
}

TEST(CanonicalMessages, TurnsDeveloperIntoSystemUnlessTold) {
  const auto* sent = R"([{"role":"developer","content":"d"},{"role":"user","content":"x"}])";

  EXPECT_NE(messages(sent).find(R"("role":"system")"), std::string::npos);
  EXPECT_EQ(messages(sent, {.developer_to_system = false}), sent);
}

TEST(CanonicalMessages, TurnsLegacyFunctionMessagesIntoToolCalls) {
  const auto out = nlohmann::json::parse(messages(
      R"([{"role":"user","content":"x"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},{"role":"function","name":"f","content":"7"},{"role":"user","content":"y"}])"));

  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[1]["tool_calls"][0]["function"]["arguments"], R"({"a":1})");
  EXPECT_FALSE(out[1].contains("function_call"));
  EXPECT_EQ(out[2]["role"], "tool");
  EXPECT_EQ(out[2]["tool_call_id"], out[1]["tool_calls"][0]["id"]);
  EXPECT_EQ(out[2]["content"], "7");
}

TEST(CanonicalMessages, DropsNullAndEmptyToolCalls) {
  EXPECT_EQ(
      messages(
          R"([{"role":"assistant","content":"a","tool_calls":null},{"role":"assistant","content":"b","tool_calls":[]}])"),
      R"([{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}])");
}

TEST(CanonicalMessages, RepairsTypesIdsAndArguments) {
  const auto out = nlohmann::json::parse(messages(
      R"([{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}},{"id":"","function":{"name":"g","arguments":""}},{"id":"k","type":null,"function":{"name":"h"}}]},{"role":"tool","content":"1"},{"role":"tool","content":null},{"role":"tool","tool_call_id":"k","content":"3"}])"));

  const auto& calls = out[0]["tool_calls"];
  ASSERT_EQ(calls.size(), 3u);
  for (const auto& one : calls) EXPECT_EQ(one["type"], "function");
  EXPECT_EQ(calls[0]["function"]["arguments"], R"({"x":1})");
  EXPECT_EQ(calls[1]["function"]["arguments"], "{}");
  EXPECT_EQ(calls[2]["function"]["arguments"], "{}");
  EXPECT_EQ(calls[2]["id"], "k");
  EXPECT_NE(calls[0]["id"], calls[1]["id"]);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(out[i + 1]["tool_call_id"], calls[i]["id"]);
  EXPECT_EQ(out[2]["content"], "");
}

TEST(CanonicalMessages, TellsDoubledIdsApart) {
  const auto out = nlohmann::json::parse(messages("[" + call("a") + "," + result("a", "1") + "," +
                                                  call("a") + "," + result("a", "2") + "]"));

  EXPECT_NE(out[0]["tool_calls"][0]["id"], out[2]["tool_calls"][0]["id"]);
  EXPECT_EQ(out[3]["tool_call_id"], out[2]["tool_calls"][0]["id"]);
  EXPECT_EQ(out[3]["content"], "2");
}

TEST(CanonicalMessages, DropsEmptyAssistantTurns) {
  EXPECT_EQ(
      messages(
          R"([{"role":"user","content":"x"},{"role":"assistant","content":""},{"role":"assistant"},{"role":"assistant","content":[]},{"role":"assistant","content":"y"}])"),
      R"([{"role":"user","content":"x"},{"role":"assistant","content":"y"}])");
}

TEST(CanonicalMessages, RepairsBareStringsAndTypelessParts) {
  EXPECT_EQ(
      messages(
          R"([{"role":"user","content":["a",{"text":"b"},{"type":"input_text","text":"c"},{"type":"image_url","image_url":"https://x.example/i.png"}]}])"),
      R"([{"role":"user","content":[{"type":"text","text":"a"},{"text":"b","type":"text"},{"type":"text","text":"c"},{"type":"image_url","image_url":{"url":"https://x.example/i.png"}}]}])");
}

TEST(CanonicalMessages, FlattensTextPartsButNeverImages) {
  const HygieneOptions options{.flatten_text_parts = true};

  EXPECT_EQ(messages(R"([{"role":"user","content":["a",{"type":"text","text":"b"}]}])", options),
            R"([{"role":"user","content":"a\nb"}])");
  EXPECT_NE(
      messages(
          R"([{"role":"user","content":["a",{"type":"image_url","image_url":{"url":"data:,x"}}]}])",
          options)
          .find("image_url"),
      std::string::npos);
}

TEST(CanonicalMessages, EmptiesNullContentWhenAsked) {
  const std::string sent = "[" + call("a") + "," + result("a") + "]";

  EXPECT_TRUE(nlohmann::json::parse(messages(sent))[0]["content"].is_null());
  EXPECT_EQ(nlohmann::json::parse(messages(sent, {.null_content_to_empty = true}))[0]["content"],
            "");
}

TEST(CanonicalMessages, StripsForeignMembersForStrictHosts) {
  EXPECT_EQ(
      messages(
          R"([{"role":"user","name":"bob","content":[{"type":"text","text":"a","cache_control":{}}]},{"role":"assistant","content":"x","reasoning_content":"r","refusal":null,"annotations":[],"audio":null},{"role":"assistant","content":"","tool_calls":[{"index":0,"id":"a","type":"function","extra_content":{},"function":{"name":"f","arguments":"{}","thought_signature":"s"}}]},{"role":"tool","tool_call_id":"a","content":"r"}])",
          {.strip_foreign_members = true, .drop_names = true}),
      R"([{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":"x"},{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"a"}])");
}

TEST(CanonicalMessages, KeepsForeignMembersOtherwise) {
  EXPECT_NE(messages(R"([{"role":"assistant","content":"x","reasoning_content":"r"}])")
                .find("reasoning_content"),
            std::string::npos);
}

TEST(CanonicalMessages, MergesSystemMessagesToTheFront) {
  EXPECT_EQ(
      messages(
          R"([{"role":"user","content":"x"},{"role":"system","content":"a"},{"role":"developer","content":[{"type":"text","text":"b"}]}])",
          {.merge_system_to_front = true}),
      R"([{"role":"system","content":"a\n\nb"},{"role":"user","content":"x"}])");
}

TEST(CanonicalMessages, PutsResultsBehindTheirCall) {
  const auto out = nlohmann::json::parse(
      messages("[" + call("a") + R"(,{"role":"user","content":"hurry"},)" + result("a") + "]"));

  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[1]["role"], "tool");
  EXPECT_EQ(out[2]["content"], "hurry");
}

TEST(CanonicalMessages, OrdersResultsLikeTheCalls) {
  const auto out = nlohmann::json::parse(messages(
      R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},)" +
      result("b", "2") + "," + result("a", "1") + "]"));

  EXPECT_EQ(out[1]["tool_call_id"], "a");
  EXPECT_EQ(out[2]["tool_call_id"], "b");
}

TEST(CanonicalMessages, TurnsAnOrphanResultIntoAUserTurn) {
  EXPECT_EQ(messages(R"([{"role":"user","content":"x"},)" + result("lost", "42") + "]"),
            R"([{"role":"user","content":"x"},{"role":"user","content":"Tool result: 42"}])");
}

TEST(CanonicalMessages, AnswersACallThatWasNeverAnswered) {
  const auto out = nlohmann::json::parse(
      messages("[" + call("a") + R"(,{"role":"user","content":"never mind"}])"));
  const auto open = nlohmann::json::parse(messages("[" + call("a") + "]"));

  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[1]["tool_call_id"], "a");
  EXPECT_EQ(out[1]["content"], "");
  EXPECT_EQ(open.size(), 1u);
}

TEST(CanonicalMessages, SeparatesResultsFromUsersWhenAsked) {
  const std::string sent =
      "[" + call("a") + "," + result("a") + R"(,{"role":"user","content":"next"}])";

  const auto out = nlohmann::json::parse(messages(sent, {.assistant_after_tool = true}));

  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[2]["role"], "assistant");
  EXPECT_NE(out[2]["content"], "");
}

TEST(CanonicalMessages, MapsIdsToNineCharactersOnBothSides) {
  const std::string sent =
      "[" + call("call_abcdefghijkl") + "," + result("call_abcdefghijkl") + "]";

  const auto out = nlohmann::json::parse(messages(sent, {.nine_character_tool_ids = true}));

  const std::string id = out[0]["tool_calls"][0]["id"];
  EXPECT_EQ(id.size(), 9u);
  EXPECT_EQ(out[1]["tool_call_id"], id);
  EXPECT_EQ(id, nine_character_id("call_abcdefghijkl"));
  EXPECT_EQ(nine_character_id("g6fVbXS8K"), "g6fVbXS8K");
  EXPECT_NE(nine_character_id("call_a"), nine_character_id("call_b"));
}

TEST(CanonicalMessages, NamesResultsWhenAsked) {
  const auto out = nlohmann::json::parse(
      messages("[" + call("a") + "," + result("a") + "]", {.name_tool_results = true}));

  EXPECT_EQ(out[1]["name"], "f");
}

TEST(CanonicalMessages, KeepsOnlyWhatAModelCanReadOfAssistantParts) {
  EXPECT_EQ(
      messages(
          R"([{"role":"assistant","content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"a"},{"type":"refusal","refusal":"no"}]}])"),
      R"([{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"no"}]}])");
}

TEST(CanonicalRequest, DropsNullsAndWhatMeansNothing) {
  EXPECT_EQ(
      whole(
          R"("temperature":null,"tools":[],"tool_choice":"auto","parallel_tool_calls":true,"response_format":{"type":"text"},"max_tokens":0,"reasoning_effort":"auto","seed":1)"),
      R"({"seed":1})");
}

TEST(CanonicalRequest, CutsStopSequencesAndUnifiesMaxTokens) {
  EXPECT_EQ(whole(R"("stop":["a","b","c","d","e"],"max_completion_tokens":9,"max_tokens":5)"),
            R"({"stop":["a","b","c","d"],"max_tokens":9})");
}

TEST(CanonicalRequest, TurnsFunctionsIntoTools) {
  EXPECT_EQ(
      whole(R"("functions":[{"name":"f"}],"function_call":{"name":"f"})"),
      R"({"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}}})");
}

TEST(CanonicalRequest, RepairsToolsAndChoice) {
  EXPECT_EQ(whole(R"("tools":[{"function":{"name":"f"}}],"tool_choice":"any")"),
            R"({"tools":[{"function":{"name":"f"},"type":"function"}],"tool_choice":"required"})");
  EXPECT_NE(whole(R"("tools":[{"function":{"name":"f"}}],"tool_choice":{"type":"any"})")
                .find(R"("tool_choice":"required")"),
            std::string::npos);
}

TEST(CanonicalRequest, UnderstandsEverySpellingOfEffort) {
  EXPECT_EQ(normalized_effort("xhigh"), "high");
  EXPECT_EQ(normalized_effort("off"), "none");
  EXPECT_EQ(normalized_effort("auto"), "");
  EXPECT_EQ(normalized_effort("galactic"), "");
  EXPECT_EQ(whole(R"("reasoning_effort":"max")"), R"({"reasoning_effort":"high"})");
}

}  // namespace
}  // namespace freellm::chat::testing
