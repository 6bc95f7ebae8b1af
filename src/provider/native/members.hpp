#pragma once
// Reading canonical requests: look-ups that take anything for an answer. Pure and thread-safe.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace freellm::provider::native {

/// The member, or nullptr when `object` is no object, has none of that name or holds null there.
[[nodiscard]] const nlohmann::ordered_json* member(const nlohmann::ordered_json& object,
                                                   std::string_view name);

/// The inside of a string value; empty for nullptr and for any other type.
[[nodiscard]] std::string_view text_of(const nlohmann::ordered_json* value);

/// Message content as one string: text parts joined by a line end, other parts left out.
[[nodiscard]] std::string flat_text(const nlohmann::ordered_json* content);

}  // namespace freellm::provider::native
