#include <gtest/gtest.h>

#include "unit/chat/chat_test_support.hpp"

namespace freellm::chat::testing {
namespace {

MessageTraits traits_of(std::string_view messages) {
  const auto parsed = parse_messages_json(messages);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->traits : MessageTraits{};
}

constexpr std::string_view kPairedCall =
    R"([{"role":"user","content":"x"},{"role":"assistant","content":"c","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"r"}])";

TEST(MessageTraits, PlainConversationHasNone) {
  const auto traits = traits_of(
      R"([{"role":"system","content":"s"},{"role":"user","content":"x"},{"role":"assistant","content":"y"},{"role":"user","content":"z"}])");

  EXPECT_TRUE(traits.assistant_turn);
  EXPECT_FALSE(traits.developer_role || traits.function_role || traits.null_content ||
               traits.array_content || traits.foreign_members || traits.named_messages ||
               traits.tool_history || traits.irregular_tool_calls || traits.empty_assistant ||
               traits.system_not_first || traits.remote_image || traits.irregular_parts ||
               traits.ends_with_tool_result);
}

TEST(MessageTraits, RegularToolHistoryIsNotIrregular) {
  const auto traits = traits_of(kPairedCall);

  EXPECT_TRUE(traits.tool_history);
  EXPECT_TRUE(traits.ends_with_tool_result);
  EXPECT_FALSE(traits.irregular_tool_calls);
  EXPECT_FALSE(traits.null_content);
}

class IrregularToolCalls : public ::testing::TestWithParam<std::string_view> {};

TEST_P(IrregularToolCalls, AreAcceptedAndMarked) {
  EXPECT_TRUE(traits_of(GetParam()).irregular_tool_calls);
}

INSTANTIATE_TEST_SUITE_P(
    MessageTraits, IrregularToolCalls,
    ::testing::Values(
        // null and empty tool_calls
        R"([{"role":"assistant","content":"x","tool_calls":null}])",
        R"([{"role":"assistant","content":"x","tool_calls":[]}])",
        // no type, null type
        R"([{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":""}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":null,"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":""}])",
        // object, null, empty and absent arguments
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}}]},{"role":"tool","tool_call_id":"a","content":""}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":null}}]},{"role":"tool","tool_call_id":"a","content":""}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"a","content":""}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":""}])",
        // missing and empty ids, on either side
        R"([{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":""}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"","content":""}])",
        // a result for nobody, a result too late, a call without a result
        R"([{"role":"user","content":"x"},{"role":"tool","tool_call_id":"zzz","content":"r"}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"x"},{"role":"tool","tool_call_id":"a","content":""}])",
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}])",
        // one id for two calls
        R"([{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"a","type":"function","function":{"name":"g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":""},{"role":"tool","tool_call_id":"a","content":""}])"));

TEST(MessageTraits, SeesLegacyFunctionMessages) {
  EXPECT_TRUE(
      traits_of(
          R"([{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}])")
          .function_role);
}

TEST(MessageTraits, SeesDeveloperRole) {
  EXPECT_TRUE(traits_of(R"([{"role":"developer","content":"d"},{"role":"user","content":"x"}])")
                  .developer_role);
}

TEST(MessageTraits, SeesNullAndAbsentContent) {
  EXPECT_TRUE(traits_of(R"([{"role":"assistant","content":null}])").null_content);
  EXPECT_TRUE(traits_of(R"([{"role":"assistant"}])").null_content);
  EXPECT_TRUE(
      traits_of(
          R"([{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":null}])")
          .null_content);
}

TEST(MessageTraits, SeesEmptyAssistantTurns) {
  for (const auto* turn : {R"({"role":"assistant","content":""})", R"({"role":"assistant"})",
                           R"({"role":"assistant","content":[]})",
                           R"({"content":[{"type":"text","text":""}],"role":"assistant"})"}) {
    SCOPED_TRACE(turn);
    EXPECT_TRUE(traits_of("[" + std::string{turn} + "]").empty_assistant);
  }
  EXPECT_FALSE(traits_of(kPairedCall).empty_assistant);
}

TEST(MessageTraits, SeesBareStringsAndTypelessParts) {
  const auto strings = traits_of(R"([{"role":"user","content":["a","b"]}])");
  const auto typeless = traits_of(R"([{"role":"user","content":[{"text":"a"}]}])");

  EXPECT_TRUE(strings.irregular_parts && strings.array_content);
  EXPECT_TRUE(typeless.irregular_parts);
  EXPECT_FALSE(
      traits_of(R"([{"role":"user","content":[{"type":"text","text":"a"}]}])").irregular_parts);
}

TEST(MessageTraits, SeesForeignMembersAtEveryLevel) {
  for (
      const auto* message :
      {R"({"role":"assistant","content":"x","reasoning_content":"r"})",
       R"({"role":"assistant","content":"x","refusal":null})",
       R"({"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]})",
       R"({"role":"assistant","content":"x","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]})"}) {
    SCOPED_TRACE(message);
    EXPECT_TRUE(traits_of("[" + std::string{message} + "]").foreign_members);
  }
}

TEST(MessageTraits, SeesSystemMessagesThatAreNotFirstOrSeveral) {
  EXPECT_TRUE(traits_of(R"([{"role":"user","content":"x"},{"role":"system","content":"s"}])")
                  .system_not_first);
  EXPECT_TRUE(traits_of(R"([{"role":"system","content":"x"},{"role":"system","content":"s"}])")
                  .system_not_first);
}

TEST(MessageTraits, SeesNamesAndRemoteImages) {
  EXPECT_TRUE(traits_of(R"([{"role":"user","name":"bob","content":"x"}])").named_messages);
  EXPECT_TRUE(
      traits_of(
          R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"https:\/\/x.example\/a.png"}}]}])")
          .remote_image);
}

TEST(MessageTraits, DoNotDependOnTheOrderOfMembers) {
  const auto traits = traits_of(
      R"([{"content":"x","role":"user"},{"tool_calls":[{"function":{"arguments":"{}","name":"f"},"type":"function","id":"a"}],"content":"c","role":"assistant"},{"content":"r","tool_call_id":"a","role":"tool"}])");

  EXPECT_TRUE(traits.tool_history && traits.ends_with_tool_result);
  EXPECT_FALSE(traits.irregular_tool_calls || traits.null_content);
}

}  // namespace
}  // namespace freellm::chat::testing
