#include "freellm/wire/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "freellm/wire/json_scan.hpp"

namespace freellm::wire {
namespace {

Json parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Json{};
}

TEST(ParseJson, ReadsADocument) { EXPECT_EQ(parsed(R"({"a":[1,2]})")["a"][1], 2); }

TEST(ParseJson, RefusesNonsenseWithTheReason) {
  const auto value = parse_json("{\"a\":}");

  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind, ErrorKind::bad_request);
  EXPECT_EQ(value.error().code, "invalid_json");
  EXPECT_NE(value.error().message.find("byte 5"), std::string::npos) << value.error().message;
}

TEST(ParseJson, BoundsSizeAndDepth) {
  EXPECT_FALSE(parse_json("[1,2,3]", 6));
  EXPECT_TRUE(parse_json("[1,2,3]", 7));
  EXPECT_TRUE(parse_json(std::string(128, '[') + std::string(128, ']')));
  EXPECT_FALSE(parse_json(std::string(129, '[') + std::string(129, ']')));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(ParseJson, RefusesANumberThatNoDoubleHolds) { EXPECT_FALSE(parse_json("1e999")); }

TEST(ParseOrderedJson, KeepsTheOrderOfMembers) {
  const auto value = parse_ordered_json(R"({"z":1,"a":2})");

  ASSERT_TRUE(value);
  EXPECT_EQ(dump_json(*value), R"({"z":1,"a":2})");
}

TEST(DumpJson, ReplacesInvalidUtf8) {
  EXPECT_EQ(dump_json(Json{{"a", "x\xff"}}), "{\"a\":\"x\xef\xbf\xbd\"}");
}

TEST(JsonAt, WalksObjectsAndArrays) {
  const auto root = parsed(R"({"error":{"details":[{"reason":"quota"},7]}})");

  EXPECT_EQ(string_at(root, "error.details.0.reason"), "quota");
  EXPECT_EQ(int_at(root, "error.details.1"), 7);
  EXPECT_EQ(json_at(root, ""), &root);
  EXPECT_EQ(json_at(root, "error.details.2"), nullptr);
  EXPECT_EQ(json_at(root, "error.details.x"), nullptr);
  EXPECT_EQ(json_at(root, "error.missing.deeper"), nullptr);
  EXPECT_EQ(json_at(root, "error.details.1.deeper"), nullptr);
}

TEST(JsonGetters, RefuseOtherTypes) {
  const auto root = parsed(R"({"s":"x","n":1,"b":true,"z":null})");

  EXPECT_EQ(string_at(root, "n"), std::nullopt);
  EXPECT_EQ(int_at(root, "s"), std::nullopt);
  EXPECT_EQ(int_at(root, "b"), std::nullopt);
  EXPECT_EQ(bool_at(root, "n"), std::nullopt);
  EXPECT_EQ(bool_at(root, "b"), true);
  EXPECT_EQ(double_at(root, "z"), std::nullopt);
  EXPECT_EQ(double_at(root, "n"), 1.0);
}

TEST(JsonGetters, IntegersMustFit) {
  const auto root = parsed(R"([1.9, -1.9, 1e30, 18446744073709551615, 9223372036854775807])");

  EXPECT_EQ(int_at(root, "0"), 1);
  EXPECT_EQ(int_at(root, "1"), -1);
  EXPECT_EQ(int_at(root, "2"), std::nullopt);
  EXPECT_EQ(int_at(root, "3"), std::nullopt);
  EXPECT_EQ(int_at(root, "4"), 9223372036854775807);
}

TEST(ParseOrderedJson, RefusesObjectsWhoseLookUpsGrowWithTheSquare) {
  std::string many = "{";
  for (int i = 0; i < 20'000; ++i) many += "\"" + std::to_string(i) + "\":0,";
  many += "\"last\":[{},{\"a\":1}]}";

  EXPECT_FALSE(parse_ordered_json(many));
  EXPECT_TRUE(parse_json(many));  // a tree finds its members
  EXPECT_FALSE(parse_ordered_json(R"({"a":{"b":1,"c":2}})", kMaxJsonBytes, 0));
  EXPECT_TRUE(parse_ordered_json(R"({"a":{"b":1},"c":2})", kMaxJsonBytes, 1));
}

}  // namespace
}  // namespace freellm::wire
