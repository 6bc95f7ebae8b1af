#include "freellm/wire/json_scan.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "freellm/base/random.hpp"

namespace freellm::wire {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

Members scanned(std::string_view json) {
  Members members;
  EXPECT_TRUE(scan_members(json, [&](const JsonMember& m) {
    members.emplace_back(m.name, m.value);
  })) << json;
  return members;
}

Members walked(std::string_view json) {
  Members members;
  for (const auto& [name, value] : members_of(json)) members.emplace_back(name, value);
  return members;
}

std::vector<std::string> elements(std::string_view json) {
  std::vector<std::string> all;
  for (const auto value : elements_of(json)) all.emplace_back(value);
  return all;
}

constexpr const char* kObject =
    R"( { "model" : "a\"b" , "n":-1.5e3,"list" :[1,{"x":"}]"},[] ] ,"o":{"a":{"b":[]}},"t":true,"z":null} )";
const Members kMembers{
    {"model", R"("a\"b")"},     {"n", "-1.5e3"}, {"list", R"([1,{"x":"}]"},[] ])"},
    {"o", R"({"a":{"b":[]}})"}, {"t", "true"},   {"z", "null"}};

TEST(ScanMembers, HandsOverTopLevelMembersInOrder) { EXPECT_EQ(scanned(kObject), kMembers); }

TEST(MembersOf, SeesWhatTheValidatingScanSees) { EXPECT_EQ(walked(kObject), kMembers); }

TEST(ScanMembers, HasNoneInAnEmptyObject) { EXPECT_TRUE(scanned(" { } ").empty()); }

TEST(ScanMembers, RefusesWhatIsNoObject) {
  for (const char* json : {"[]", "1", "\"x\"", "", "null", "{\"a\":1}x", "{\"a\":1}{}"}) {
    EXPECT_FALSE(scan_members(json, [](const JsonMember&) {})) << json;
  }
}

TEST(ValidateJson, AcceptsEveryKindOfDocument) {
  for (const char* json :
       {"0", "-0", "1.5", "1E+9", "\"\"", "[]", "{}", "true", " null\n", "[1,[2,{\"a\":[{}]}]]",
        R"("\u00e9\ud83d \\ \" \/ \b\f\n\r\t")", "\"grüße 你好\"", "{\"\":\"\"}"}) {
    EXPECT_TRUE(validate_json(json)) << json;
  }
}

class BadJson : public ::testing::TestWithParam<const char*> {};

TEST_P(BadJson, IsRefused) {
  const auto status = validate_json(GetParam());

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "invalid_json");
  EXPECT_EQ(status.error().http_status, 400);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadJson,
    ::testing::Values("", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}",
                      "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}",
                      "[}", "{]", "[1}", "{\"a\":1]", "\"", "\"abc", "\"\\", "\"\\\"", "\"\\x\"",
                      "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "\"a\x01\"", "01", "-", "+1", ".5",
                      "1.", "1e", "1e+", "0x1", "-01", "1a", "tru", "True", "nul", "NaN",
                      "Infinity", "'a'", "1 2", "[] []", "{} x", "\"\xff\"", "\"\xc0\x80\"",
                      "\"\xed\xa0\x80\"", "\"\xe4\xbd\"", "// c\n1", "[1]//", "\xef\xbb\xbf{}"));

TEST(ValidateJson, RefusesANulByteBehindTheDocument) {
  EXPECT_FALSE(validate_json(std::string_view{"{}\0", 3}));
}

TEST(ValidateJson, BoundsTheNesting) {
  EXPECT_TRUE(validate_json(std::string(128, '[') + std::string(128, ']')));
  EXPECT_FALSE(validate_json(std::string(129, '[') + std::string(129, ']')));
}

TEST(ValidateJson, SaysWhereTheMistakeIs) {
  EXPECT_NE(validate_json("{\"a\": tru}").error().message.find("at byte 6"), std::string::npos);
  EXPECT_NE(validate_json("\"ab\xff\"").error().message.find("not UTF-8 at byte 3"),
            std::string::npos);
}

TEST(ValidateJson, AgreesWithNlohmannOnMutatedDocuments) {
  const std::string original =
      R"({"a":[1,-2.5e3,"x\u00e9\n",true,false,null,{}],"b":{"c":"é","d":[[]]},"e":"a longer run of text"})";
  SeededRandom random{11};
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    auto text = original;
    for (auto n = 1 + random.below(2); n > 0; --n) {
      const auto at = random.below(text.size());
      static constexpr std::string_view kBytes = "{}[]:,\"\\0919.eE+-tfnu \n\x01\xc3\xff";
      if (random.below(3) == 0) {
        text.erase(at, 1);
      } else {
        text[at] = kBytes[random.below(kBytes.size())];
      }
    }

    const bool expected = nlohmann::json::accept(text);

    refused += expected ? 0 : 1;
    EXPECT_EQ(validate_json(text).has_value(), expected) << text;
  }
  EXPECT_GT(refused, 1000);
}

TEST(Walkers, EndEarlyOnBytesNobodyValidated) {
  const std::string_view whole = kObject;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut{
        whole.substr(0, size)};  // its own memory, so that ASan sees a read beyond the end
    EXPECT_LE(walked(cut).size(), kMembers.size());
    elements(cut);
  }
  for (const char* text : {"{\"a\"", "{\"a\":", "{\"a\":,", "{1:2}", "{\"a\\", "[,", "[:", "[1 2 3",
                           "{\"a\":1 \"b\":2"}) {
    walked(text);
    elements(text);
  }
}

TEST(ElementsOf, WalksAnArray) {
  EXPECT_EQ(elements(R"( [1 , "a,]", [2,3] ,{"x":[4]}, null ] )"),
            (std::vector<std::string>{"1", R"("a,]")", "[2,3]", R"({"x":[4]})", "null"}));
  EXPECT_TRUE(elements("[]").empty());
  EXPECT_TRUE(elements("{\"a\":1}").empty());
}

TEST(FindMember, TakesTheLastOfDuplicates) {
  EXPECT_EQ(find_member(R"({"a":1,"b":2,"a":3})", "a"), "3");
  EXPECT_EQ(find_member(R"({"a":{"b":2}})", "b"), std::nullopt);
}

TEST(JsonScalars, AreReadWithTheirTypes) {
  EXPECT_EQ(json_string(R"( "a\n" )"), R"(a\n)");
  EXPECT_EQ(json_string("1"), std::nullopt);
  EXPECT_EQ(json_int("42"), 42);
  EXPECT_EQ(json_int("4.0"), 4);
  EXPECT_EQ(json_int("1e3"), 1000);
  EXPECT_EQ(json_int("4.5"), std::nullopt);
  EXPECT_EQ(json_int("1e300"), std::nullopt);
  EXPECT_EQ(json_int("9223372036854775807"), 9223372036854775807);
  EXPECT_EQ(json_int("\"4\""), std::nullopt);
  EXPECT_EQ(json_double("-2.5"), -2.5);
  EXPECT_EQ(json_double("true"), std::nullopt);
  EXPECT_EQ(json_bool("true"), true);
  EXPECT_EQ(json_bool("null"), std::nullopt);
  EXPECT_TRUE(json_is_null(" null"));
}

TEST(JsonTypeOf, GoesByTheFirstByte) {
  EXPECT_EQ(json_type(" {"), JsonType::object);
  EXPECT_EQ(json_type("["), JsonType::array);
  EXPECT_EQ(json_type("\""), JsonType::string);
  EXPECT_EQ(json_type("-1"), JsonType::number);
  EXPECT_EQ(json_type("f"), JsonType::boolean);
  EXPECT_EQ(json_type(""), JsonType::invalid);
  EXPECT_EQ(json_type("x"), JsonType::invalid);
}

}  // namespace
}  // namespace freellm::wire
