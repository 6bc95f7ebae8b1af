#include "provider/google/schema_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "freellm/wire/json.hpp"

namespace freellm::provider::google {
namespace {

using wire::OrderedJson;

enum class Kind { text, boolean, number, count, any };

struct Keyword {
  std::string_view name;
  Kind kind;
  std::string_view only_for;  ///< type it belongs to; empty = every type
};

// Gemini API reference, "Schema" (2026-11); `default` and `title` are accepted and ignored there.
constexpr std::array kPlainKeywords{
    Keyword{"description", Kind::text, {}},      Keyword{"title", Kind::text, {}},
    Keyword{"nullable", Kind::boolean, {}},      Keyword{"format", Kind::text, {}},
    Keyword{"default", Kind::any, {}},           Keyword{"pattern", Kind::text, "string"},
    Keyword{"minLength", Kind::count, "string"}, Keyword{"maxLength", Kind::count, "string"},
    Keyword{"minItems", Kind::count, "array"},   Keyword{"maxItems", Kind::count, "array"},
    Keyword{"minimum", Kind::number, "number"},  Keyword{"maximum", Kind::number, "number"},
};

constexpr std::array<std::string_view, 6> kTypes{"string",  "number", "integer",
                                                 "boolean", "array",  "object"};

bool has_kind(const OrderedJson& value, Kind kind) {
  switch (kind) {
    case Kind::text:
      return value.is_string();
    case Kind::boolean:
      return value.is_boolean();
    case Kind::number:
      return value.is_number();
    case Kind::count:
      return value.is_number_unsigned();
    case Kind::any:
      return !value.is_null();
  }
  return false;
}

std::string lower_type(const OrderedJson& value) {
  if (!value.is_string()) return {};
  auto name = value.get<std::string>();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

void take_type(OrderedJson& node, const OrderedJson& value) {
  const auto name = lower_type(value);
  if (name == "null") {
    node["nullable"] = true;
  } else if (!node.contains("type") &&
             std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end()) {
    node["type"] = name;
  }
}

std::string_view type_of(const OrderedJson& node) {
  const auto type = node.find("type");
  return type == node.end() ? std::string_view{} : type->get_ref<const std::string&>();
}

/// The type all `values` share, or "".
std::string_view common_type(const OrderedJson& values) {
  std::string_view common;
  for (const auto& value : values) {
    const std::string_view type = value.is_string()           ? "string"
                                  : value.is_number_integer() ? "integer"
                                  : value.is_number()         ? "number"
                                  : value.is_boolean()        ? "boolean"
                                                              : "";
    if (type.empty() || (!common.empty() && common != type)) return {};
    common = type;
  }
  return common;
}

/// Gemini's enum holds strings only (400 "Invalid value at ... enum[0] (TYPE_STRING)"), so other
/// values go into the description, where the model still reads them.
void describe_values(OrderedJson& node, const OrderedJson& values) {
  std::string text = node.value("description", std::string{});
  text += text.empty() ? "One of: " : " One of: ";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    text += wire::dump_json(values[i]);
  }
  node["description"] = std::move(text);
}

void complete_enum(OrderedJson& node) {
  const auto found = node.find("enum");
  if (found == node.end()) return;
  // A copy: setting "nullable" may move the members of `node`.
  const OrderedJson given = *found;
  OrderedJson values = OrderedJson::array();
  for (const auto& value : given) {
    if (value.is_null()) {
      node["nullable"] = true;
    } else if (!(value.is_string() && value.get_ref<const std::string&>().empty())) {
      values.push_back(value);  // an empty string is refused: "enum[0]: cannot be empty"
    }
  }
  node.erase("enum");
  if (values.empty()) return;
  const auto type = common_type(values);
  if (!node.contains("type") && !type.empty()) node["type"] = type;
  if (type == "string" && type_of(node) == "string") {
    node["enum"] = std::move(values);
  } else {
    describe_values(node, values);
  }
}

void complete_type(OrderedJson& node) {
  if (node.contains("type")) return;
  if (node.contains("properties")) {
    node["type"] = "object";
  } else if (node.contains("items")) {
    node["type"] = "array";
  } else {
    node["type"] = "string";  // "any value": a string is one, and a schema without type is refused
  }
}

/// Other formats are a 400: "only 'enum' and 'date-time' are supported for STRING type".
bool is_known_format(std::string_view type, std::string_view format) {
  if (type == "string") return format == "date-time" || format == "enum";
  if (type == "number") return format == "float" || format == "double";
  if (type == "integer") return format == "int32" || format == "int64";
  return false;
}

void complete_required(OrderedJson& node) {
  const auto required = node.find("required");
  if (required == node.end()) return;
  std::set<std::string_view> names;  // a set, because both lists are as long as the client likes
  if (const auto properties = node.find("properties"); properties != node.end()) {
    for (const auto& [name, schema] : properties->items()) names.insert(name);
  }
  OrderedJson kept = OrderedJson::array();
  for (const auto& name : *required) {
    if (name.is_string() && names.erase(name.get_ref<const std::string&>()) > 0) {
      kept.push_back(name);
    }
  }
  node.erase("required");
  if (!kept.empty()) node["required"] = std::move(kept);
}

void drop_misplaced(OrderedJson& node) {
  const std::string type{type_of(node)};
  for (const auto& keyword : kPlainKeywords) {
    const bool numeric = keyword.only_for == "number" && type == "integer";
    if (!keyword.only_for.empty() && keyword.only_for != type && !numeric) node.erase(keyword.name);
  }
  if (type != "object") {
    node.erase("properties");
    node.erase("required");
  }
  if (type != "array") node.erase("items");
  const auto format = node.find("format");
  if (format != node.end() && !is_known_format(type, format->get_ref<const std::string&>())) {
    node.erase("format");
  }
}

/// One reference token of a JSON pointer, ~1 and ~0 undone.
std::string pointer_token(std::string_view raw) {
  std::string token;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '~' && i + 1 < raw.size() && (raw[i + 1] == '0' || raw[i + 1] == '1')) {
      token += raw[++i] == '0' ? '~' : '/';
    } else {
      token += raw[i];
    }
  }
  return token;
}

const OrderedJson* child(const OrderedJson& node, const std::string& token) {
  if (node.is_object()) {
    const auto found = node.find(token);
    return found == node.end() ? nullptr : &*found;
  }
  if (!node.is_array()) return nullptr;
  std::size_t index = 0;
  const auto* end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, index);
  const bool valid = read.ec == std::errc{} && read.ptr == end && index < node.size();
  return valid ? &node[index] : nullptr;
}

}  // namespace

OrderedJson plain_keywords(const OrderedJson& source) {
  OrderedJson node = OrderedJson::object();
  if (const auto type = source.find("type"); type != source.end()) {
    if (type->is_array()) {
      for (const auto& alternative : *type) take_type(node, alternative);
    } else {
      take_type(node, *type);
    }
  }
  for (const auto& keyword : kPlainKeywords) {
    const auto found = source.find(keyword.name);
    if (found != source.end() && has_kind(*found, keyword.kind)) node[keyword.name] = *found;
  }
  const auto values = source.find("enum");
  const auto constant = source.find("const");
  if (values != source.end() && values->is_array()) {
    node["enum"] = *values;
  } else if (constant != source.end()) {
    node["enum"] = OrderedJson::array({*constant});
  }
  const auto required = source.find("required");
  if (required != source.end() && required->is_array()) node["required"] = *required;
  return node;
}

void merge_schema(OrderedJson& into, const OrderedJson& from) {
  for (const auto& [name, value] : from.items()) {
    auto found = into.find(name);
    if (found == into.end()) {
      into[name] = value;
    } else if (name == "properties") {
      for (const auto& [property, schema] : value.items()) {
        if (!found->contains(property)) (*found)[property] = schema;
      }
    } else if (name == "required") {
      for (const auto& required : value) found->push_back(required);
    } else if (name == "nullable" && value == true) {
      *found = true;
    }
  }
}

void complete_schema(OrderedJson& node) {
  complete_enum(node);
  if (node.contains("anyOf")) {
    for (const auto* name : {"type", "format", "properties", "required", "items", "enum"}) {
      node.erase(name);
    }
    return;
  }
  complete_type(node);
  complete_required(node);
  drop_misplaced(node);
  if (type_of(node) == "array" && !node.contains("items")) {
    node["items"] = {{"type", "string"}};  // refused otherwise: "items: missing field"
  }
}

bool is_null_schema(const OrderedJson& node) {
  const auto nullable = node.find("nullable");
  if (nullable == node.end() || *nullable != true) return false;
  return !node.contains("type") && !node.contains("enum") && !node.contains("properties") &&
         !node.contains("items") && !node.contains("anyOf");
}

const OrderedJson* find_reference(const OrderedJson& root, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  reference.remove_prefix(1);
  const auto* node = &root;
  while (node != nullptr && !reference.empty()) {
    if (!reference.starts_with('/')) return nullptr;
    reference.remove_prefix(1);
    const auto end = std::min(reference.find('/'), reference.size());
    node = child(*node, pointer_token(reference.substr(0, end)));
    reference.remove_prefix(end);
  }
  return node;
}

}  // namespace freellm::provider::google
