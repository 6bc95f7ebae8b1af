#include "freellm/chat/tool_schemas.hpp"

#include <gtest/gtest.h>

#include "unit/chat/normalizer_fixture.hpp"

namespace freellm::chat::testing {
namespace {

ToolSchemas one(std::string_view parameters) {
  return schemas(R"([{"type":"function","function":{"name":"f","parameters":)" +
                 std::string{parameters} + "}}]");
}

TEST(ToolSchemas, KnowsToolsAndLegacyFunctions) {
  const auto request =
      parse_with(R"("functions":[{"name":"g"}],"tools":[{"function":{"name":"f"}}])");
  ASSERT_TRUE(request);

  const ToolSchemas tools{*request};

  EXPECT_TRUE(tools.declares("f"));
  EXPECT_TRUE(tools.declares("g"));
  EXPECT_FALSE(tools.declares("h"));
}

TEST(ToolSchemas, IsEmptyWithoutTools) {
  EXPECT_TRUE(ToolSchemas{*parse_with(R"("n":1)")}.empty());
}

TEST(ToolSchemas, DecodesNullableAndAlternativeTypesButNeverPossibleStrings) {
  const auto tools = one(
      R"({"type":"object","properties":{"a":{"type":["array","null"]},"b":{"anyOf":[{"type":"string"},{"type":"array"}]},"c":{"oneOf":[{"type":"object"},{"type":"null"}]}}})");

  EXPECT_EQ(tools.repaired_arguments("f", R"({"a":"[1]","b":"[1]","c":"{}"})"),
            R"({"a":[1],"b":"[1]","c":{}})");
}

TEST(ToolSchemas, FollowsReferencesThatReferToThemselves) {
  const auto tools = one(
      R"({"type":"object","properties":{"node":{"$ref":"#/$defs/node"}},"$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}},"loop":{"$ref":"#/$defs/loop"}}})");

  EXPECT_EQ(tools.repaired_arguments("f", R"({"node":"{\"next\":\"{\\\"next\\\":{}}\"}"})"),
            R"({"node":{"next":{"next":{}}}})");
}

TEST(ToolSchemas, EndsOnAReferenceLoop) {
  const auto tools = one(
      R"({"type":"object","properties":{"x":{"$ref":"#/$defs/loop"}},"$defs":{"loop":{"$ref":"#/$defs/loop"}}})");

  EXPECT_EQ(tools.repaired_arguments("f", R"({"x":"[1]"})"), R"({"x":"[1]"})");
}

TEST(ToolSchemas, EndsOnAlternativesThatMultiply) {
  std::string branches;
  for (int i = 0; i < 50; ++i) branches += R"({"$ref":"#/$defs/a"},)";
  const auto tools =
      one(R"({"type":"object","properties":{"x":{"$ref":"#/$defs/a"}},"$defs":{"a":{"anyOf":[)" +
          branches + R"({"type":"null"}]}}})");

  EXPECT_EQ(tools.repaired_arguments("f", R"({"x":"[1]"})"), R"({"x":"[1]"})");
}

TEST(ToolSchemas, LeavesWhatDoesNotParse) {
  const auto tools = one(R"({"type":"object","properties":{"a":{"type":"array"}}})");

  for (const auto* text : {R"({"a":"[1"})", R"({"a":)", R"({"a":"{}"})", "7", R"("text")"}) {
    EXPECT_EQ(tools.repaired_arguments("f", text), text);
  }
}

TEST(ToolSchemas, LeavesArgumentsThatADomWouldTakeMinutesForAsTheyAre) {
  const auto tools = one(R"({"type":"object","properties":{"a":{"type":"array"}}})");
  std::string arguments = R"({"a":"[1]")";
  for (int i = 0; i < 100'000; ++i) arguments += ",\"k" + std::to_string(i) + "\":1";
  arguments += '}';

  EXPECT_EQ(tools.repaired_arguments("f", arguments), arguments);
}

}  // namespace
}  // namespace freellm::chat::testing
