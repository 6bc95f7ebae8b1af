#pragma once
// The rule sets behind check_request, one for each wire format. Pure functions.

#include <optional>
#include <string_view>

#include "dialect/refusal.hpp"

namespace simulator {

[[nodiscard]] std::optional<Problem> check_openai(const Platform& platform, const Json& body,
                                                  bool is_anonymous);
[[nodiscard]] std::optional<Problem> check_google(const Json& body, std::string_view model);
[[nodiscard]] std::optional<Problem> check_cohere(const Json& body);
[[nodiscard]] std::optional<Problem> check_ollama(const Json& body);

/// One platform's own objections to an OpenAI-shaped request, after the common ones.
[[nodiscard]] std::optional<Problem> check_quirks(std::string_view slug, const Json& body,
                                                  bool is_anonymous);

/// Finds `name` as a key of any JSON schema in the tools of an OpenAI-shaped body.
[[nodiscard]] bool schemas_mention(const Json& body, std::string_view name);

}  // namespace simulator
