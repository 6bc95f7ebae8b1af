// Request bodies made to cost more than they are worth, and bodies on which two readers of JSON
// could disagree.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "freellm/chat/canonical.hpp"
#include "freellm/chat/request.hpp"
#include "unit/chat/chat_test_support.hpp"

namespace freellm::chat::testing {
namespace {

std::string object_of(int members) {
  std::string object = "{";
  for (int i = 0; i < members; ++i) {
    if (i > 0) object += ',';
    object += "\"k" + std::to_string(i) + "\":1";
  }
  return object + '}';
}

TEST(HostileRequest, AnObjectThatADomWouldTakeMinutesForIsRefused) {
  const auto parsed =
      parse_messages_json(R"([{"role":"user","content":"hi","x":)" + object_of(100'000) + "}]");

  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, "invalid_json");
  EXPECT_NE(parsed.error().message.find("too many members"), std::string::npos)
      << parsed.error().message;
}

TEST(HostileRequest, LargeObjectsOfHonestRequestsPass) {
  const auto parsed = parse_with(R"("logit_bias":)" + object_of(5'000));

  EXPECT_TRUE(parsed) << parsed.error().message;
}

TEST(HostileRequest, ANumberThatNoDoubleHoldsDoesNotSilenceTheConversation) {
  for (const auto* number : {"1e999", "-1E+999", "123e400"}) {
    const auto parsed =
        parse_messages_json(R"([{"role":"user","content":"hi","x":)" + std::string{number} + "}]");
    ASSERT_FALSE(parsed) << number;
    EXPECT_EQ(parsed.error().code, "invalid_json");
  }
  const auto tiny = parse_messages_json(R"([{"role":"user","content":"hi","x":1e-999}])");
  ASSERT_TRUE(tiny);
  EXPECT_EQ(canonical_messages(*tiny, {}).size(), 1U);
}

TEST(HostileRequest, TensOfThousandsOfCallsInOneTurnAreReadInOneGo) {
  constexpr int kCalls = 60'000;
  std::string messages = R"([{"role":"user","content":"x"},{"role":"assistant","tool_calls":[)";
  for (int i = 0; i < kCalls; ++i) {
    if (i > 0) messages += ',';
    messages += R"({"id":"c)" + std::to_string(i) +
                R"(","type":"function","function":{"name":"f","arguments":"{}"}})";
  }
  messages += "]}";
  for (int i = kCalls; i-- > 0;) {
    messages += R"(,{"role":"tool","tool_call_id":"c)" + std::to_string(i) + R"(","content":"r"})";
  }
  const auto parsed = parse_messages_json(messages + "]");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->traits.irregular_tool_calls);
}

TEST(HostileRequest, AResultOfNullIsMarkedForRepair) {
  const auto parsed = parse_messages_json(
      R"([{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":null}])");

  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->traits.irregular_tool_calls);
  EXPECT_EQ(canonical_messages(*parsed, {})[2]["content"], "");
}

TEST(HostileRequest, OtherMediaThanImagesAreNoted) {
  const auto with_file = parse_messages_json(
      R"([{"role":"user","content":[{"type":"text","text":"x"},{"type":"file","file":{"file_id":"f"}}]}])");
  const auto plain =
      parse_messages_json(R"([{"role":"user","content":[{"type":"text","text":"x"}]}])");

  ASSERT_TRUE(with_file && plain);
  EXPECT_TRUE(with_file->traits.other_media);
  EXPECT_FALSE(plain->traits.other_media);
}

constexpr std::string_view kTools =
    R"("tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}])";

TEST(AllowedTools, AreReadWithTheirMode) {
  const auto parsed = parse_with(
      std::string{kTools} +
      R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"b"}}]}})");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->tool_choice, ToolChoice::required);
  EXPECT_EQ(parsed->allowed_tools, std::vector<std::string>{"b"});
  const auto canonical = canonical_request(*parsed, {});
  EXPECT_EQ(canonical["tool_choice"], "required");
  ASSERT_EQ(canonical["tools"].size(), 1U);
  EXPECT_EQ(canonical["tools"][0]["function"]["name"], "b");
}

TEST(AllowedTools, OfAnotherKindOfChoiceMeanNothing) {
  const auto parsed = parse_with(
      std::string{kTools} +
      R"(,"tool_choice":{"type":"function","function":{"name":"a"},"allowed_tools":{"tools":[{"function":{"name":"b"}}]}})");

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->tool_choice, ToolChoice::named);
  EXPECT_TRUE(parsed->allowed_tools.empty());
}

TEST(AllowedTools, ThatNameNothingDeclaredLeaveAllOfThem) {
  const auto parsed = parse_with(
      std::string{kTools} +
      R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"z"}}]}})");

  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto canonical = canonical_request(*parsed, {});
  EXPECT_EQ(canonical["tools"].size(), 2U);
  EXPECT_EQ(canonical["tool_choice"], "auto");
}

}  // namespace
}  // namespace freellm::chat::testing
