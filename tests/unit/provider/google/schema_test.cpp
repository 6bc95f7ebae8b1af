#include "provider/google/schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"

namespace freellm::provider::google {
namespace {

using Json = wire::OrderedJson;

Json sanitized(std::string_view schema) { return sanitized_schema(Json::parse(schema)); }

TEST(GeminiSchema, StripsUnknownKeywordsAtEveryDepth) {
  const auto out = sanitized(R"({"type":"object","$schema":"s","additionalProperties":false,
    "properties":{"a":{"type":"array","uniqueItems":true,"items":{"type":"string","x-hint":1}}}})");

  EXPECT_EQ(out, Json::parse(R"({"type":"object","properties":{
    "a":{"type":"array","items":{"type":"string"}}}})"));
}

TEST(GeminiSchema, KeepsPropertiesThatAreNamedLikeKeywords) {
  const auto out = sanitized(R"({"type":"object","properties":{"type":{"type":"string"},
    "$ref":{"type":"string"},"x-id":{"type":"integer"},"const":{"type":"boolean"},
    "properties":{"type":"object","properties":{"required":{"type":"string"}}}},
    "required":["type","$ref","x-id"]})");

  EXPECT_EQ(out["properties"].size(), 5U);
  EXPECT_EQ(out["properties"]["$ref"], Json::parse(R"({"type":"string"})"));
  EXPECT_TRUE(out["properties"]["properties"]["properties"].contains("required"));
  EXPECT_EQ(out["required"].size(), 3U);
}

TEST(GeminiSchema, KeepsTheOrderOfProperties) {
  const auto out = sanitized(R"({"type":"object","properties":{"z":{"type":"string"},
    "a":{"type":"string"},"m":{"type":"string"}}})");

  std::string order;
  for (const auto& [name, schema] : out["properties"].items()) order += name;
  EXPECT_EQ(order, "zam");
}

TEST(GeminiSchema, TurnsATypeListIntoNullable) {
  EXPECT_EQ(sanitized(R"({"type":["string","null"]})"),
            Json::parse(R"({"type":"string","nullable":true})"));
  EXPECT_EQ(sanitized(R"({"anyOf":[{"type":"null"},{"type":"integer","minimum":1}]})"),
            Json::parse(R"({"nullable":true,"type":"integer","minimum":1})"));
}

TEST(GeminiSchema, TurnsConstIntoAnEnumOfOne) {
  EXPECT_EQ(sanitized(R"({"const":"go"})"), Json::parse(R"({"type":"string","enum":["go"]})"));
}

TEST(GeminiSchema, UnitesAUnionOfConstants) {
  EXPECT_EQ(sanitized(R"({"oneOf":[{"const":"a"},{"enum":["b","c"]}]})"),
            Json::parse(R"({"type":"string","enum":["a","b","c"]})"));
}

TEST(GeminiSchema, MovesAnEnumThatIsNotOfStringsIntoTheDescription) {
  EXPECT_EQ(sanitized(R"({"type":"integer","description":"Size.","enum":[1,2]})"),
            Json::parse(R"({"type":"integer","description":"Size. One of: 1, 2"})"));
}

TEST(GeminiSchema, TakesNullAndEmptyStringsOutOfAnEnum) {
  EXPECT_EQ(sanitized(R"({"type":"string","enum":["","a",null]})"),
            Json::parse(R"({"type":"string","nullable":true,"enum":["a"]})"));
}

TEST(GeminiSchema, InlinesLocalReferences) {
  const auto out = sanitized(R"({"type":"object","properties":{
    "a":{"$ref":"#/$defs/Point","description":"here"},"b":{"$ref":"#/definitions/x~1y"}},
    "$defs":{"Point":{"type":"object","description":"a point","properties":{"x":{"type":"number"}}}},
    "definitions":{"x/y":{"type":"boolean"}}})");

  EXPECT_EQ(out["properties"]["a"], Json::parse(R"({"description":"here","type":"object",
    "properties":{"x":{"type":"number"}}})"));
  EXPECT_EQ(out["properties"]["b"], Json::parse(R"({"type":"boolean"})"));
  EXPECT_FALSE(out.contains("$defs"));
}

TEST(GeminiSchema, EndsARecursiveReference) {
  const auto out = sanitized(R"({"$ref":"#/$defs/Node","$defs":{"Node":{"type":"object",
    "properties":{"next":{"$ref":"#/$defs/Node"},"list":{"type":"array",
    "items":{"$ref":"#/$defs/Node"}}}}}})");

  EXPECT_EQ(out["properties"]["next"], Json::parse(R"({"type":"object"})"));
  EXPECT_EQ(out["properties"]["list"]["items"], Json::parse(R"({"type":"object"})"));
}

TEST(GeminiSchema, TakesAnOrphanReferenceForAnyObject) {
  EXPECT_EQ(sanitized(R"({"$ref":"#/$defs/Gone"})"), Json::parse(R"({"type":"object"})"));
  EXPECT_EQ(sanitized(R"({"$ref":"https://example.com/s.json"})"),
            Json::parse(R"({"type":"object"})"));
}

TEST(GeminiSchema, BoundsReferencesThatDoubleAtEveryLevel) {
  Json root{{"$ref", "#/$defs/d0"}};
  for (int i = 0; i < 40; ++i) {
    const Json next{{"$ref", "#/$defs/d" + std::to_string(i + 1)}};
    root["$defs"]["d" + std::to_string(i)] = {{"type", "object"},
                                              {"properties", {{"a", next}, {"b", next}}}};
  }

  const auto out = sanitized_schema(root);

  EXPECT_LT(wire::dump_json(out).size(), 2'000'000U);
}

TEST(GeminiSchema, MergesAllOf) {
  EXPECT_EQ(sanitized(R"({"allOf":[{"type":"object","properties":{"a":{"type":"string"}},
    "required":["a"]},{"properties":{"b":{"type":"string"}},"required":["b"]}]})"),
            Json::parse(R"({"type":"object","properties":{"a":{"type":"string"},
    "b":{"type":"string"}},"required":["a","b"]})"));
}

TEST(GeminiSchema, KeepsAUnionOfShapesAlone) {
  const auto out = sanitized(R"({"description":"d","anyOf":[{"type":"string"},
    {"type":"array","items":{"type":"string"}}]})");

  EXPECT_EQ(out, Json::parse(R"({"description":"d","anyOf":[{"type":"string"},
    {"type":"array","items":{"type":"string"}}]})"));
}

TEST(GeminiSchema, DropsBranchesThatOnlyConstrainItsOwnProperties) {
  const auto out = sanitized(R"({"type":"object","properties":{"a":{"type":"string"}},
    "anyOf":[{"required":["a"]},{"required":["b"]}]})");

  EXPECT_FALSE(out.contains("anyOf"));
  EXPECT_TRUE(out["properties"].contains("a"));
}

TEST(GeminiSchema, RequiresOnlyPropertiesThatExist) {
  const auto out = sanitized(R"({"type":"object","properties":{"a":{"type":"string"}},
    "required":["a","b","a",7]})");

  EXPECT_EQ(out["required"], Json::parse(R"(["a"])"));
}

TEST(GeminiSchema, GivesEveryNodeAType) {
  EXPECT_EQ(sanitized("{}"), Json::parse(R"({"type":"string"})"));
  EXPECT_EQ(sanitized("true"), Json::parse(R"({"type":"string"})"));
  EXPECT_EQ(sanitized(R"({"properties":{"a":{}}})"),
            Json::parse(R"({"properties":{"a":{"type":"string"}},"type":"object"})"));
  EXPECT_EQ(sanitized(R"({"type":"array"})"),
            Json::parse(R"({"type":"array","items":{"type":"string"}})"));
}

TEST(GeminiSchema, MakesATupleAnArrayOfItsFirstType) {
  EXPECT_EQ(sanitized(R"({"type":"array","prefixItems":[{"type":"number"},{"type":"string"}]})"),
            Json::parse(R"({"type":"array","items":{"type":"number"}})"));
}

TEST(GeminiSchema, KeepsOnlyTheFormatsTheApiKnows) {
  EXPECT_EQ(sanitized(R"({"type":"string","format":"date-time"})")["format"], "date-time");
  EXPECT_FALSE(sanitized(R"({"type":"string","format":"uri"})").contains("format"));
  EXPECT_EQ(sanitized(R"({"type":"integer","format":"int64"})")["format"], "int64");
}

TEST(GeminiSchema, DropsKeywordsOfOtherTypesAndWrongKinds) {
  EXPECT_EQ(
      sanitized(R"({"type":"string","minItems":1,"minimum":2,"maxLength":"x","pattern":"^a"})"),
      Json::parse(R"({"type":"string","pattern":"^a"})"));
}

TEST(GeminiSchema, AcceptsUpperCaseTypes) {
  EXPECT_EQ(sanitized(R"({"type":"OBJECT","properties":{"a":{"type":"STRING"}}})"),
            Json::parse(R"({"type":"object","properties":{"a":{"type":"string"}}})"));
}

}  // namespace
}  // namespace freellm::provider::google
