#pragma once
// One message's content -> Gemini parts. Pure and thread-safe.

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "freellm/base/result.hpp"

namespace freellm::provider::google {

/// Appends the parts of `content` (a string, an array of OpenAI parts, or nullptr) to `parts`.
/// Empty texts are left out. Data URIs of images, audio and files become inlineData; an error says
/// what Gemini cannot take (the API fetches no URLs), with Retry::next_route.
[[nodiscard]] Status append_parts(nlohmann::ordered_json& parts,
                                  const nlohmann::ordered_json* content);

/// What a functionResponse carries: the object itself, when `text` is a JSON object, else
/// {"result": ...}, because the field is a protobuf Struct.
[[nodiscard]] nlohmann::ordered_json response_object(std::string_view text);

/// A call's args: the object `arguments` spells, else {"value": ...}, likewise.
[[nodiscard]] nlohmann::ordered_json call_arguments(std::string_view arguments);

}  // namespace freellm::provider::google
