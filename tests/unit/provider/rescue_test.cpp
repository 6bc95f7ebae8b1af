#include "freellm/provider/rescue.hpp"

#include <gtest/gtest.h>

#include "freellm/wire/json_text.hpp"
#include "route_fixture.hpp"

namespace freellm::provider {
namespace {

const chat::ChatRequest& request_with_tool() {
  static const auto request = parsed(
      R"({"model":"auto","messages":[{"role":"user","content":"w?"}],"tools":[{"type":"function","function":
         {"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]})");
  return request;
}

std::string refused(std::string_view generation) {
  return R"({"error":{"message":"Tool call validation failed","type":"invalid_request_error","code":"tool_use_failed","failed_generation":")" +
         wire::escaped(generation) + R"("}})";
}

TEST(RescueFailedGeneration, FindsABareJsonCall) {
  CountingSink sink;

  EXPECT_TRUE(
      rescue_failed_generation(refused(R"({"name": "get_weather", "arguments": {"city": "Riga"}})"),
                               request_with_tool(), sink));

  EXPECT_EQ(sink.names, "get_weather");
  EXPECT_NE(sink.arguments.find("Riga"), std::string::npos);
  EXPECT_EQ(sink.finish, chat::FinishReason::tool_calls);
}

TEST(RescueFailedGeneration, FindsACallInLlamasTextDialect) {
  CountingSink sink;

  EXPECT_TRUE(rescue_failed_generation(
      refused(R"(<function=get_weather{"city": "Riga"}</function>)"), request_with_tool(), sink));
  EXPECT_EQ(sink.names, "get_weather");
}

TEST(RescueFailedGeneration, LeavesPlainTextAlone) {
  CountingSink sink;

  EXPECT_FALSE(rescue_failed_generation(refused("maybe"), request_with_tool(), sink));
  EXPECT_EQ(sink.deltas, 0);
}

TEST(RescueFailedGeneration, LeavesUndeclaredToolsAlone) {
  CountingSink sink;

  EXPECT_FALSE(rescue_failed_generation(refused(R"({"name": "rm_rf", "arguments": {}})"),
                                        request_with_tool(), sink));
  EXPECT_EQ(sink.deltas, 0);
}

TEST(RescueFailedGeneration, DoesNothingWithoutToolsOrText) {
  CountingSink sink;
  const auto plain = parsed(R"({"model":"auto","messages":[{"role":"user","content":"w?"}]})");

  EXPECT_FALSE(rescue_failed_generation(refused(R"({"name": "get_weather", "arguments": {}})"),
                                        plain, sink));
  EXPECT_FALSE(
      rescue_failed_generation(R"({"error":{"message":"no"}})", request_with_tool(), sink));
  EXPECT_FALSE(rescue_failed_generation("", request_with_tool(), sink));
}

}  // namespace
}  // namespace freellm::provider
