// tools and tool_choice on their way to an OpenAI-shaped host, whatever API the client learnt them
// from.

#include <gtest/gtest.h>

#include <string>

#include "freellm/provider/native.hpp"
#include "freellm/provider/openai_compat.hpp"
#include "freellm/wire/json_scan.hpp"
#include "route_fixture.hpp"

namespace freellm::provider {
namespace {

/// The member of the body that goes upstream; "" when it is left out.
std::string sent(std::string_view member, const std::string& members) {
  const TestRoute to("openai");
  const auto request =
      parsed(R"({"model":"auto","messages":[{"role":"user","content":"hi"}],)" + members + "}");
  const auto encoded = openai_adapter().encode(request, to.route());
  if (!encoded) return encoded.error().message;
  const auto body = encoded->body.flatten();
  EXPECT_TRUE(wire::validate_json(body)) << body;
  return std::string{wire::find_member(body, member).value_or("")};
}

const std::string kTools =
    R"("tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}])";

TEST(OpenAiTools, ChoicesOfOtherApisAreSpeltAsOpenAiDoes) {
  const auto choice = [](const std::string& value) {
    return sent("tool_choice", kTools + R"(,"tool_choice":)" + value);
  };

  EXPECT_EQ(choice(R"({"type":"auto"})"), R"("auto")");
  EXPECT_EQ(choice(R"({"type":"any"})"), R"("required")");
  EXPECT_EQ(choice(R"({"type":"none"})"), R"("none")");
  EXPECT_EQ(choice(R"({"type":"tool","name":"a"})"),
            R"({"type":"function","function":{"name":"a"}})");
  EXPECT_EQ(choice(R"({"name":"b"})"), R"({"type":"function","function":{"name":"b"}})");
}

TEST(OpenAiTools, OpenAisOwnChoicesStayAsSent) {
  for (const std::string value : {R"("auto")", R"({"type":"function","function":{"name":"a"}})",
                                  R"({"type":"custom","custom":{"name":"x"}})"}) {
    EXPECT_EQ(sent("tool_choice", kTools + R"(,"tool_choice":)" + value), value);
  }
}

TEST(OpenAiTools, AllowedToolsAreTheOnlyOnesOffered) {
  const std::string members =
      kTools +
      R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"b"}}]}})";

  EXPECT_EQ(sent("tool_choice", members), R"("auto")");
  EXPECT_EQ(sent("tools", members), R"([{"type":"function","function":{"name":"b"}}])");
}

TEST(OpenAiTools, AToolWithoutATypeGetsOne) {
  EXPECT_EQ(
      sent("tools", R"("tools":[{"function":{"name":"a"}},{"type":null,"function":{"name":"b"}}])"),
      R"([{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}])");
}

TEST(OpenAiTools, AToolResultOfNullBecomesAnEmptyText) {
  const TestRoute to("groq");
  const auto request = parsed(
      R"({"model":"auto","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":null}]})");

  const auto encoded = openai_adapter().encode(request, to.route());

  ASSERT_TRUE(encoded);
  EXPECT_NE(encoded->body.flatten().find(R"("content":"","tool_call_id":"a")"), std::string::npos)
      << encoded->body.flatten();
}

TEST(OpenAiTools, AToolResultOfNoPartsBecomesAnEmptyText) {
  const TestRoute to("openrouter");
  const auto request = parsed(
      R"({"model":"auto","messages":[{"role":"user","content":"x"},{"role":"assistant","content":[],"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":[]}]})");

  const auto encoded = openai_adapter().encode(request, to.route());

  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->body.flatten().find("[]"), std::string::npos) << encoded->body.flatten();
}

TEST(CohereMedia, AFileIsNotLeftOutInSilence) {
  const TestRoute to("cohere");
  const auto request = parsed(
      R"({"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"sum this up"},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA=="}}]}]})");

  const auto encoded = cohere_adapter().encode(request, to.route());

  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().kind, ErrorKind::bad_request);
  EXPECT_EQ(encoded.error().code, "unsupported_content");
}

}  // namespace
}  // namespace freellm::provider
