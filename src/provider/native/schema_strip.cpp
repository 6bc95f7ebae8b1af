#include "provider/native/schema_strip.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace freellm::provider::native {
namespace {

using Json = nlohmann::ordered_json;

/// Their members are names of the client's choosing, each with a schema.
bool holds_named_schemas(std::string_view keyword) {
  return keyword == "properties" || keyword == "$defs" || keyword == "definitions" ||
         keyword == "patternProperties" || keyword == "dependentSchemas";
}

/// Their content is data, whatever it looks like.
bool holds_data(std::string_view keyword) {
  return keyword == "enum" || keyword == "const" || keyword == "default" || keyword == "examples" ||
         keyword == "required";
}

}  // namespace

void strip_keywords(Json& schema, std::initializer_list<std::string_view> keywords) {
  if (schema.is_array()) {
    for (auto& element : schema) strip_keywords(element, keywords);
    return;
  }
  if (!schema.is_object()) return;
  for (const auto keyword : keywords) schema.erase(keyword);
  for (auto& [name, value] : schema.items()) {
    if (holds_data(name)) continue;
    if (holds_named_schemas(name) && value.is_object()) {
      for (auto& [property, inner] : value.items()) strip_keywords(inner, keywords);
    } else {
      strip_keywords(value, keywords);
    }
  }
}

}  // namespace freellm::provider::native
