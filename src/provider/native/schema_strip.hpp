#pragma once
// Takes keywords out of a JSON schema without touching properties that are called the same.

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace freellm::provider::native {

/// Removes `keywords` from `schema` and every schema inside it, in place.
void strip_keywords(nlohmann::ordered_json& schema,
                    std::initializer_list<std::string_view> keywords);

}  // namespace freellm::provider::native
