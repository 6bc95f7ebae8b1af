// A route to a platform, owned. For tests of the provider layer.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "freellm/provider/adapter.hpp"

namespace freellm::provider {

struct TestRoute {
  explicit TestRoute(std::string slug, std::string_view base_url = "https://api.example.com/v1",
                     std::string model_id = "m-1", std::string key_text = "key-1")
      : key(std::move(key_text)) {
    platform.slug = platform.quirks = std::move(slug);
    platform.base_url = *wire::parse_base_url(base_url);
    model.upstream_id = std::move(model_id);
  }
  [[nodiscard]] Route route() const { return {platform, model, key, platform.base_url}; }

  catalog::Platform platform;
  catalog::Model model;
  std::string key;
};

inline chat::ChatRequest parsed(std::string_view json) {
  auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(json));
  EXPECT_TRUE(request) << request.error().message;
  return request ? std::move(*request) : chat::ChatRequest{};
}

/// Counts what it is given.
class CountingSink final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override {
    ++deltas;
    content += delta.content;
    for (const auto& call : delta.tool_calls) {
      names += call.name;
      arguments += call.arguments;
    }
    if (delta.finish != chat::FinishReason::none) finish = delta.finish;
  }
  int deltas = 0;
  std::string content, names, arguments;
  chat::FinishReason finish = chat::FinishReason::none;
};

}  // namespace freellm::provider
