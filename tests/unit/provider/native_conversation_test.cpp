// A tool conversation that wanders between platforms: whatever the previous one left in the history
// must be legal on the next one's wire.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "freellm/provider/native.hpp"

namespace freellm::provider {
namespace {

using Json = nlohmann::json;

Json tool_call(const std::string& id, const std::string& arguments) {
  return {
      {"id", id}, {"type", "function"}, {"function", {{"name", "look"}, {"arguments", arguments}}}};
}

/// As a client keeps it: a turn of Gemini (two calls, one with a signature it was never shown, the
/// other with one it was), a turn of Groq, a turn of Mistral, a plan of Cohere as reasoning.
Json history() {
  auto signed_call = tool_call("function-call-1234567890", R"({"at":"sky"})");
  signed_call["extra_content"] = {{"google", {{"thought_signature", "c2ln"}}}};
  return Json::array(
      {{{"role", "system"}, {"content", "Be brief."}},
       {{"role", "user"}, {"content", "Look around."}},
       {{"role", "assistant"},
        {"content", nullptr},
        {"reasoning_content", "Two looks."},
        {"tool_calls", {signed_call, tool_call("", "{}")}}},
       {{"role", "tool"}, {"tool_call_id", "function-call-1234567890"}, {"content", "blue"}},
       {{"role", "tool"}, {"tool_call_id", ""}, {"content", R"({"seen":["grass"]})"}},
       {{"role", "assistant"}, {"content", ""}, {"tool_calls", {tool_call("call_groq_42", "")}}},
       {{"role", "tool"}, {"tool_call_id", "call_groq_42"}, {"content", nullptr}},
       {{"role", "assistant"}, {"content", "Nothing there."}, {"refusal", nullptr}},
       {{"role", "user"}, {"content", "Again."}},
       {{"role", "assistant"},
        {"content", "I will look again."},
        {"tool_calls", {tool_call("aB3dE6gH9", R"({"at":"sea"})")}}},
       {{"role", "tool"}, {"tool_call_id", "aB3dE6gH9"}, {"content", "waves"}}});
}

class WanderingConversation : public testing::Test {
 protected:
  Json sent(const std::string& slug, catalog::WireFormat wire, const std::string& model_id,
            const std::string& key = "key") {
    catalog::Platform platform;
    platform.slug = slug;
    platform.quirks = slug;
    platform.wire = wire;
    platform.base_url = *wire::parse_base_url("https://api.example.com/v1");
    catalog::Model model;
    model.upstream_id = model_id;
    const Route route{platform, model, key, platform.base_url};
    const Json tools{
        {{"type", "function"},
         {"function",
          {{"name", "look"},
           {"parameters", {{"type", "object"}, {"properties", {{"at", {{"type", "string"}}}}}}}}}}};
    const Json body{{"model", "auto"}, {"messages", history()}, {"tools", tools}};
    auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(body.dump()));
    EXPECT_TRUE(request) << request.error().message;
    auto encoded = adapter_for(platform).encode(*request, route);
    EXPECT_TRUE(encoded) << encoded.error().message;
    return encoded ? Json::parse(encoded->body.flatten()) : Json{};
  }
};

/// Every result answers a call of the turn before it, once; every call is answered.
void expect_paired(const Json& messages) {
  std::set<std::string> open;
  for (const auto& message : messages) {
    if (message["role"] == "tool") {
      EXPECT_EQ(open.erase(message["tool_call_id"].get<std::string>()), 1U) << message;
      continue;
    }
    EXPECT_TRUE(open.empty()) << "unanswered before " << message;
    for (const auto& call : message.value("tool_calls", Json::array())) {
      EXPECT_TRUE(open.insert(call["id"].get<std::string>()).second) << call;
      EXPECT_FALSE(call["id"].get<std::string>().empty());
      EXPECT_TRUE(Json::accept(call["function"]["arguments"].get<std::string>())) << call;
    }
  }
  EXPECT_TRUE(open.empty());
}

void expect_members_within(const Json& messages, const std::set<std::string>& allowed) {
  for (const auto& message : messages) {
    for (const auto& [name, value] : message.items()) {
      EXPECT_TRUE(allowed.count(name) == 1) << name << " in " << message;
    }
  }
}

TEST_F(WanderingConversation, IsLegalOnGemini) {
  const auto body = sent("google", catalog::WireFormat::google, "gemini-3-flash-preview");

  EXPECT_EQ(body["systemInstruction"]["parts"][0]["text"], "Be brief.");
  const auto& contents = body["contents"];
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const auto& parts = contents[i]["parts"];
    EXPECT_FALSE(parts.empty());
    const auto count = [&parts](const char* kind) {
      return std::count_if(parts.begin(), parts.end(),
                           [kind](const Json& part) { return part.contains(kind); });
    };
    if (count("functionCall") == 0) continue;
    ASSERT_LT(i + 1, contents.size());
    const auto& results = contents[i + 1]["parts"];
    EXPECT_EQ(contents[i + 1]["role"], "user");
    ASSERT_EQ(static_cast<std::size_t>(count("functionCall")), results.size()) << results;
    for (const auto& result : results) EXPECT_EQ(result["functionResponse"]["name"], "look");
    const auto first = std::find_if(parts.begin(), parts.end(),
                                    [](const Json& part) { return part.contains("functionCall"); });
    EXPECT_TRUE(first->contains("thoughtSignature")) << *first;
  }
}

TEST_F(WanderingConversation, IsLegalOnMistral) {
  const auto body = sent("mistral", catalog::WireFormat::openai, "mistral-small-latest");

  expect_paired(body["messages"]);
  expect_members_within(body["messages"],
                        {"role", "content", "name", "tool_calls", "tool_call_id"});
  const std::regex nine{"[a-zA-Z0-9]{9}"};
  for (const auto& message : body["messages"]) {
    for (const auto& call : message.value("tool_calls", Json::array())) {
      EXPECT_TRUE(std::regex_match(call["id"].get<std::string>(), nine)) << call;
    }
  }
}

TEST_F(WanderingConversation, IsLegalOnGroq) {
  const auto body = sent("groq", catalog::WireFormat::openai, "openai/gpt-oss-120b");

  expect_paired(body["messages"]);
}

TEST_F(WanderingConversation, IsLegalOnCohere) {
  const auto body = sent("cohere", catalog::WireFormat::cohere, "command-a-03-2025");

  expect_paired(body["messages"]);
  expect_members_within(body["messages"],
                        {"role", "content", "tool_calls", "tool_call_id", "tool_plan"});
  for (const auto& message : body["messages"]) {
    EXPECT_NE(message.contains("content"), message.contains("tool_calls")) << message;
    EXPECT_NE(message.value("content", "-"), "") << message;
  }
}

TEST_F(WanderingConversation, IsLegalOnCloudflare) {
  const auto body = sent("cloudflare", catalog::WireFormat::cloudflare,
                         "@cf/meta/llama-3.3-70b-instruct-fp8-fast", "account:token");

  expect_paired(body["messages"]);
  for (const auto& message : body["messages"])
    EXPECT_TRUE(message["content"].is_string()) << message;
}

}  // namespace
}  // namespace freellm::provider
