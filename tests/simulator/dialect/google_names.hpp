#pragma once
// Gemini's JSON accepts every name in camelCase and in snake_case. Pure functions.

#include <string>
#include <string_view>

#include "core/prompt.hpp"

namespace simulator {

/// What a signature handed out by this simulator begins with.
constexpr std::string_view kSignaturePrefix = "U2ltU2ln";

/// "system_instruction" → "systemInstruction".
[[nodiscard]] std::string to_camel(std::string_view name);

/// The member of that camelCase name in either spelling; null when absent or not an object.
[[nodiscard]] const Json* member(const Json& object, std::string_view camel_name);

}  // namespace simulator
