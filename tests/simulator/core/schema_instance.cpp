// Builds a small value that fits a JSON schema: what a model would answer in JSON mode, or pass to
// a tool. Covers the keywords that tool schemas use; anything else is ignored.

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "core/answer.hpp"

namespace simulator {
namespace {

constexpr int kMaxDepth = 24;

struct Builder {
  const Json& root;
  std::string_view hint;

  [[nodiscard]] Json build(const Json& schema, std::string_view name, int depth) const;
  [[nodiscard]] Json build_object(const Json& schema, int depth) const;
  [[nodiscard]] Json build_array(const Json& schema, std::string_view name, int depth) const;
  [[nodiscard]] Json build_string(const Json& schema, std::string_view name) const;
  [[nodiscard]] Json build_number(const Json& schema, bool is_integer) const;
  [[nodiscard]] const Json* resolve(const std::string& pointer) const;
};

std::string type_of(const Json& schema) {
  const auto at = schema.find("type");
  const auto lowered = [](std::string text) {
    // Gemini writes types in capitals.
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  if (at != schema.end() && at->is_string()) return lowered(at->get<std::string>());
  if (at != schema.end() && at->is_array())
    for (const auto& each : *at)
      if (each.is_string() && each != "null") return lowered(each.get<std::string>());
  if (schema.contains("properties")) return "object";
  if (schema.contains("items")) return "array";
  return "string";
}

/// The capitalised words after " in ", " for " or " at ": what tools call a place.
std::string place_in(std::string_view text) {
  for (const std::string_view mark : {" in ", " for ", " at "}) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) continue;
    auto rest = text.substr(at + mark.size());
    const auto end = rest.find_first_of("?.,;!\n");
    rest = rest.substr(0, std::min(end, rest.find(" and ")));
    if (!rest.empty() && rest.size() < 60) return std::string{rest};
  }
  return "Paris";
}

const Json* Builder::resolve(const std::string& pointer) const {
  if (!pointer.starts_with("#")) return nullptr;
  try {
    return &root.at(Json::json_pointer(pointer.substr(1)));
  } catch (const Json::exception&) {
    return nullptr;
  }
}

Json Builder::build(const Json& schema, std::string_view name, int depth) const {
  if (depth > kMaxDepth || !schema.is_object()) return nullptr;
  if (const auto ref = schema.find("$ref"); ref != schema.end() && ref->is_string()) {
    const auto* target = resolve(ref->get<std::string>());
    return target == nullptr ? Json(nullptr) : build(*target, name, depth + 1);
  }
  if (schema.contains("const")) return schema["const"];
  if (schema.contains("default")) return schema["default"];
  if (const auto options = schema.find("enum"); options != schema.end() && !options->empty()) {
    for (const auto& option : *options)
      if (option.is_string() && hint.find(option.get<std::string>()) != std::string_view::npos)
        return option;
    return options->front();
  }
  for (const char* key : {"anyOf", "oneOf", "allOf"})
    if (const auto options = schema.find(key);
        options != schema.end() && options->is_array() && !options->empty())
      return build(options->front(), name, depth + 1);
  const auto type = type_of(schema);
  if (type == "object") return build_object(schema, depth);
  if (type == "array") return build_array(schema, name, depth);
  if (type == "integer" || type == "number") return build_number(schema, type == "integer");
  if (type == "boolean") return true;
  if (type == "null") return nullptr;
  return build_string(schema, name);
}

Json Builder::build_object(const Json& schema, int depth) const {
  Json object = Json::object();
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return object;
  const auto required = schema.find("required");
  const bool has_required = required != schema.end() && required->is_array() && !required->empty();
  for (const auto& [name, property] : properties->items()) {
    const bool is_wanted =
        has_required ? std::find(required->begin(), required->end(), name) != required->end()
                     : object.empty();
    if (is_wanted) object[name] = build(property, name, depth + 1);
  }
  return object;
}

Json Builder::build_array(const Json& schema, std::string_view name, int depth) const {
  Json array = Json::array();
  const auto items = schema.find("items");
  const auto count = std::clamp(schema.value("minItems", 1), 0, 64);
  for (int i = 0; i < count; ++i)
    array.push_back(items == schema.end() ? Json("item") : build(*items, name, depth + 1));
  return array;
}

Json Builder::build_string(const Json& schema, std::string_view name) const {
  const auto format = schema.value("format", "");
  if (format == "date") return "2026-11-23";
  if (format == "date-time") return "2026-11-23T12:00:00Z";
  if (format == "email") return "ada@example.org";
  if (format == "uri") return "https://example.org/";
  if (format == "uuid") return "3f2b1c9e-58a4-4d0e-9a7b-0c1d2e3f4a5b";
  const auto is_named = [name](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  };
  std::string text = is_named("city") || is_named("location") || is_named("place") ? place_in(hint)
                     : is_named("quer") || is_named("text") || is_named("question")
                         ? std::string{hint.substr(0, 120)}
                         : std::string{name.empty() ? "value" : name};
  const auto least = static_cast<std::size_t>(std::clamp(schema.value("minLength", 0), 0, 4096));
  if (text.size() < least) text.append(least - text.size(), 'x');
  const auto most = static_cast<std::size_t>(std::max(schema.value("maxLength", 1 << 20), 0));
  if (text.size() > most) text.resize(most);
  return text;
}

Json Builder::build_number(const Json& schema, bool is_integer) const {
  double value = 1;
  const auto digit = hint.find_first_of("0123456789");
  if (digit != std::string_view::npos)
    value = std::strtod(std::string{hint.substr(digit, 15)}.c_str(), nullptr);
  const auto bound = [&schema](const char* key) -> std::optional<double> {
    const auto at = schema.find(key);
    if (at == schema.end() || !at->is_number()) return std::nullopt;
    return at->get<double>();
  };
  if (const auto least = bound("minimum"); least && value < *least) value = *least;
  if (const auto least = bound("exclusiveMinimum"); least && value <= *least) value = *least + 1;
  if (const auto most = bound("maximum"); most && value > *most) value = *most;
  if (const auto most = bound("exclusiveMaximum"); most && value >= *most) value = *most - 1;
  if (is_integer) return static_cast<std::int64_t>(std::llround(std::ceil(value)));
  return value;
}

}  // namespace

Json instance_of(const Json& schema, std::string_view hint) {
  return Builder{schema, hint}.build(schema, "", 0);
}

}  // namespace simulator
