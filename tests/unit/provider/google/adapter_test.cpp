#include "provider/google/adapter.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace freellm::provider::google {
namespace {

using Json = nlohmann::json;

class IgnoreDeltas final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta&) override {}
};

class GoogleAdapterTest : public testing::Test {
 protected:
  GoogleAdapterTest() {
    platform_.slug = "google";
    platform_.wire = catalog::WireFormat::google;
    platform_.base_url = *wire::parse_base_url("https://generativelanguage.googleapis.com/v1beta");
    model_.upstream_id = "gemini-3-flash-preview";
  }

  [[nodiscard]] Route route() const { return {platform_, model_, "AIza-key", platform_.base_url}; }

  static chat::ChatRequest request(const Json& body) {
    auto parsed = chat::parse_chat_request(chat::PaddedBuffer::copy_of(body.dump()));
    EXPECT_TRUE(parsed) << parsed.error().message;
    return std::move(*parsed);
  }

  /// A conversation in which the call `id` of f(1) was answered.
  static chat::ChatRequest after_call(std::string_view id) {
    const Json call{{"id", id},
                    {"type", "function"},
                    {"function", {{"name", "f"}, {"arguments", "{ \"a\": 1 }"}}}};
    return request(
        {{"model", "auto"},
         {"messages",
          {{{"role", "user"}, {"content", "?"}},
           {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", Json::array({call})}},
           {{"role", "tool"}, {"tool_call_id", id}, {"content", "ok"}}}}});
  }

  void hear_call(std::string_view id_member) {
    IgnoreDeltas ignored;
    const auto plain =
        request({{"model", "auto"}, {"messages", {{{"role", "user"}, {"content", "?"}}}}});
    const auto decoder = adapter_.make_decoder(plain, route(), BodyKind::json);
    const auto body =
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1})" +
        std::string{id_member} + R"(},"thoughtSignature":"c2lnbmVk"}]},"finishReason":"STOP"}]})";
    ASSERT_TRUE(decoder->feed(body, ignored));
    ASSERT_TRUE(decoder->finish(ignored));
  }

  std::string replayed_signature(const chat::ChatRequest& request) {
    const auto encoded = adapter_.encode(request, route());
    if (!encoded) return "error: " + encoded.error().message;
    const auto body = Json::parse(encoded->body.flatten());
    return body["contents"][1]["parts"][0].value("thoughtSignature", "");
  }

  ManualClock clock_;
  GoogleAdapter adapter_{clock_};
  catalog::Platform platform_;
  catalog::Model model_;
};

TEST_F(GoogleAdapterTest, ReplaysTheSignatureOfACallByItsId) {
  hear_call(R"(,"id":"fc-1")");

  EXPECT_EQ(replayed_signature(after_call("fc-1")), "c2lnbmVk");
}

TEST_F(GoogleAdapterTest, ReplaysTheSignatureOfACallThatCameWithoutId) {
  hear_call("");

  EXPECT_EQ(replayed_signature(after_call("call_made_up")), "c2lnbmVk");
}

TEST_F(GoogleAdapterTest, StandsInForASignatureThatWasLost) {
  hear_call("");

  clock_.advance(std::chrono::minutes{31});

  EXPECT_EQ(replayed_signature(after_call("x")), "context_engineering_is_the_way_to_go");
}

TEST_F(GoogleAdapterTest, StandsInForTheSignatureOfAnotherModel) {
  hear_call("");

  model_.upstream_id = "gemini-3.1-pro-preview";

  EXPECT_EQ(replayed_signature(after_call("x")), "context_engineering_is_the_way_to_go");
}

TEST_F(GoogleAdapterTest, SendsNoSignatureToOlderModelsThatGaveNone) {
  model_.upstream_id = "gemini-2.5-flash";

  EXPECT_EQ(replayed_signature(after_call("x")), "");
}

TEST_F(GoogleAdapterTest, KeepsTheModelInItsPathSegment) {
  model_.upstream_id = "models/../x?y=1";

  const auto encoded = adapter_.encode(after_call("x"), route());

  ASSERT_TRUE(encoded);
  EXPECT_TRUE(
      encoded->head.starts_with("POST /v1beta/models/..%2Fx%3Fy%3D1:generateContent HTTP/1.1\r\n"))
      << encoded->head;
}

TEST_F(GoogleAdapterTest, NeverPutsTheKeyIntoTheAddress) {
  const auto probes = adapter_.key_probes(route());

  ASSERT_EQ(probes.size(), 1U);
  const auto line = probes[0].head.substr(0, probes[0].head.find("\r\n"));
  EXPECT_EQ(line, "GET /v1beta/models?pageSize=1 HTTP/1.1");
  EXPECT_NE(probes[0].head.find("x-goog-api-key: AIza-key\r\n"), std::string::npos);
}

TEST_F(GoogleAdapterTest, CondemnsAKeyForThatReasonOnly) {
  const auto verdict = [this](int status, std::string_view body) {
    return adapter_.judge_key(route(), 0, status, {}, body).verdict;
  };

  EXPECT_EQ(verdict(200, R"({"models":[]})"), KeyVerdict::valid);
  EXPECT_EQ(verdict(400, R"({"error":{"code":400,"message":"API key not valid."}})"),
            KeyVerdict::invalid);
  EXPECT_EQ(verdict(400, R"({"error":{"code":400,"message":"API key expired. Please renew."}})"),
            KeyVerdict::invalid);
  EXPECT_EQ(verdict(403, R"({"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}})"),
            KeyVerdict::inconclusive);
  EXPECT_EQ(
      verdict(400, R"({"error":{"message":"User location is not supported for the API use."}})"),
      KeyVerdict::inconclusive);
  EXPECT_EQ(verdict(503, "busy"), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict(429, "{}"), KeyVerdict::inconclusive);
}

}  // namespace
}  // namespace freellm::provider::google
