#include "base/log_json.hpp"

#include <gtest/gtest.h>

namespace freellm::log {
namespace {

std::string members(std::string_view message) {
  std::string out;
  append_json_message(out, message);
  return out;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(LogJson, TellsARequestLineByItsFields) {
  EXPECT_EQ(members("req=r-1 route=groq/m#2 status=200 total_ms=18 err=-"),
            R"("msg":"req=r-1 route=groq/m#2 status=200 total_ms=18 err=-","req":"r-1",)"
            R"("route":"groq/m#2","status":200,"total_ms":18,"err":"-")");
}

TEST(LogJson, KeepsTheTypeOfAFieldWhateverItsValue) {
  EXPECT_NE(members("req=123 status=4x4").find(R"("req":"123","status":"4x4")"), std::string::npos);
  EXPECT_NE(members("total_ms=007").find(R"("total_ms":"007")"), std::string::npos);
}

TEST(LogJson, LetsNoForeignTextPoseAsAField) {
  const auto line = members(R"(req=1 why="he said "hi" status=200 req=2 level=x" status=502)");

  EXPECT_NE(line.find(R"("why":"he said \"hi\" status=200 req=2 level=x")"), std::string::npos);
  EXPECT_EQ(line.find(R"("status":)"), std::string::npos);
  EXPECT_EQ(members("a=1 a=2 msg=3 level=4").substr(29), R"(,"a":"1")");
}

TEST(LogJson, IsValidWhateverTheBytes) {
  EXPECT_EQ(quoted("a\"b\\c\nd\x7f"), R"("a\"b\\c d ")");
  EXPECT_EQ(quoted("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x99\x82"),
            "\"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x99\x82\"");
  for (const std::string_view broken :
       {"\xFF", "\xC3", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC0\xAF", "\x80"}) {
    EXPECT_NE(quoted(broken).find("\xEF\xBF\xBD"), std::string::npos);
    EXPECT_EQ(quoted(broken).find(broken), std::string::npos);
  }
}

TEST(LogJson, TakesWordsForWords) {
  EXPECT_EQ(members("started = fine http://x/?a=b 3=4"),
            R"("msg":"started = fine http://x/?a=b 3=4")");
  EXPECT_EQ(members(""), R"("msg":"")");
  EXPECT_EQ(members("why=\""), R"("msg":"why=\"","why":"")");
}

}  // namespace
}  // namespace freellm::log
