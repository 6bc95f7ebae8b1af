#include "provider/native/members.hpp"

#include <nlohmann/json.hpp>

namespace freellm::provider::native {

using Json = nlohmann::ordered_json;

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string_view text_of(const Json* value) {
  if (value == nullptr || !value->is_string()) return {};
  return value->get_ref<const std::string&>();
}

std::string flat_text(const Json* content) {
  if (content == nullptr || !content->is_array()) return std::string{text_of(content)};
  std::string out;
  for (const auto& part : *content) {
    const auto text = text_of(member(part, "text"));
    if (text.empty()) continue;
    if (!out.empty()) out += '\n';
    out += text;
  }
  return out;
}

}  // namespace freellm::provider::native
