#pragma once
// Which wire format a path speaks, and the two translations chosen by it. Pure functions.

#include <string>
#include <string_view>

#include "dialect/dialect.hpp"

namespace simulator {

enum class Wire { none, openai, google, cohere, cloudflare, ollama };

[[nodiscard]] Wire wire_of(const Platform& platform, std::string_view path);
[[nodiscard]] inline bool is_chat_path(const Platform& platform, std::string_view path) {
  return wire_of(platform, path) != Wire::none;
}
/// From the path where the platform puts it there, else from the body; "" when absent.
[[nodiscard]] std::string model_of(std::string_view path, const Json& body);
[[nodiscard]] Prompt parse_prompt(const Platform& platform, std::string_view path, const Json& body,
                                  const std::string& model);
[[nodiscard]] Reply render(const Turn& turn, const RenderContext& context, std::string_view path);

/// "/client/v4/accounts/{id}/ai/…" without the account: "/client/v4/ai/…".
[[nodiscard]] std::string path_without_account(std::string_view path);

}  // namespace simulator
