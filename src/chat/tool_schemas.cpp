#include "freellm/chat/tool_schemas.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "freellm/wire/json.hpp"
#include "freellm/wire/json_scan.hpp"

namespace freellm::chat {
namespace {

using wire::OrderedJson;

constexpr std::size_t kMaxArgumentBytes = 8 * 1024 * 1024;
/// Arguments are foreign text, and there may be many calls: one of 4,000 members in one object.
constexpr std::uint64_t kMaxMemberWork = 10'000'000;
constexpr int kMaxReferences = 8;
constexpr int kMaxDepth = 64;
/// Alternatives that refer to each other would otherwise multiply.
constexpr int kMaxSchemaVisits = 2'000;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<OrderedJson> parsed(std::string_view text) {
  auto result = wire::parse_ordered_json(text, kMaxArgumentBytes, kMaxMemberWork);
  if (!result) return std::nullopt;
  return std::move(*result);
}

const OrderedJson* member(const OrderedJson& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

/// What a schema allows a value to be, as far as double encoding is concerned.
struct Allowed {
  bool string = false;
  bool object = false;
  bool array = false;
};

/// Walks arguments and schema side by side. Follows local references; the walk ends with the value,
/// so a schema that refers to itself does no harm.
class Repair {
 public:
  explicit Repair(const OrderedJson& root) : root_(root) {}

  bool apply(OrderedJson& value, const OrderedJson& schema, int depth = 0) {
    if (depth > kMaxDepth || --budget_ < 0) return false;
    const OrderedJson& resolved = follow(schema);
    bool changed = decode(value, allowed_by(resolved, depth));
    if (value.is_object()) changed |= apply_to_members(value, resolved, depth);
    const OrderedJson* items = member(resolved, "items");
    if (value.is_array() && items != nullptr) {
      for (auto& element : value) changed |= apply(element, *items, depth + 1);
    }
    return changed;
  }

 private:
  const OrderedJson& follow(const OrderedJson& schema) const {
    const OrderedJson* at = &schema;
    for (int i = 0; i < kMaxReferences; ++i) {
      const OrderedJson* reference = member(*at, "$ref");
      const OrderedJson* target = reference == nullptr ? nullptr : resolve(*reference);
      if (target == nullptr) return *at;
      at = target;
    }
    return *at;
  }

  /// "#/$defs/Node": each step is looked up by hand because nlohmann's pointers throw.
  const OrderedJson* resolve(const OrderedJson& reference) const {
    if (!reference.is_string()) return nullptr;
    std::string_view rest = reference.get_ref<const std::string&>();
    if (!rest.starts_with('#')) return nullptr;
    rest.remove_prefix(1);
    const OrderedJson* at = &root_;
    while (at != nullptr && rest.starts_with('/')) {
      rest.remove_prefix(1);
      const std::string step{rest.substr(0, rest.find('/'))};
      rest.remove_prefix(step.size());
      at = member(*at, step.c_str());
    }
    return at;
  }

  Allowed allowed_by(const OrderedJson& schema, int depth) {
    Allowed allowed;
    if (depth > kMaxDepth || --budget_ < 0) return allowed;
    const OrderedJson* type = member(schema, "type");
    if (type != nullptr && type->is_string()) note(allowed, *type);
    if (type != nullptr && type->is_array()) {
      for (const auto& one : *type) note(allowed, one);
    }
    if (type == nullptr && member(schema, "properties") != nullptr) allowed.object = true;
    if (type == nullptr && member(schema, "items") != nullptr) allowed.array = true;
    for (const char* choice : {"anyOf", "oneOf"}) {
      const OrderedJson* branches = member(schema, choice);
      if (branches == nullptr || !branches->is_array()) continue;
      for (const auto& branch : *branches) {
        const Allowed one = allowed_by(follow(branch), depth + 8);
        allowed.string |= one.string;
        allowed.object |= one.object;
        allowed.array |= one.array;
      }
    }
    return allowed;
  }

  static void note(Allowed& allowed, const OrderedJson& type) {
    allowed.string |= type == "string";
    allowed.object |= type == "object";
    allowed.array |= type == "array";
  }

  static bool decode(OrderedJson& value, const Allowed& allowed) {
    if (!value.is_string() || allowed.string || !(allowed.object || allowed.array)) return false;
    auto inner = parsed(value.get_ref<const std::string&>());
    if (!inner) return false;
    const bool fits =
        (inner->is_object() && allowed.object) || (inner->is_array() && allowed.array);
    if (fits) value = std::move(*inner);
    return fits;
  }

  bool apply_to_members(OrderedJson& value, const OrderedJson& schema, int depth) {
    const OrderedJson* properties = member(schema, "properties");
    const OrderedJson* others = member(schema, "additionalProperties");
    bool changed = false;
    for (auto entry = value.begin(); entry != value.end(); ++entry) {
      const OrderedJson* declared =
          properties == nullptr ? nullptr : member(*properties, entry.key().c_str());
      if (declared == nullptr) declared = others;
      if (declared != nullptr && declared->is_object())
        changed |= apply(*entry, *declared, depth + 1);
    }
    return changed;
  }

  const OrderedJson& root_;
  int budget_ = kMaxSchemaVisits;
};

/// Wide of the mark on purpose: saying yes only means that the arguments are looked at when
/// complete.
bool mentions_structure(std::string_view parameters) {
  const auto properties = wire::find_member(parameters, "properties");
  if (!properties) return false;
  for (const auto word : {"\"object\"", "\"array\"", "\"$ref\"", "\"properties\"", "\"items\""}) {
    if (properties->find(word) != properties->npos) return true;
  }
  return false;
}

}  // namespace

ToolSchemas::ToolSchemas(const ChatRequest& request) {
  const auto add = [this](std::string_view function) {
    const auto name = wire::find_member(function, "name");
    const auto text = name ? wire::json_string(*name) : std::nullopt;
    if (!text) return;
    const std::string_view parameters = wire::find_member(function, "parameters").value_or("");
    tools_.insert_or_assign(std::string{*text},
                            Tool{std::string{parameters}, mentions_structure(parameters)});
  };
  if (const Member* tools = request.find("tools")) {
    for (const auto tool : wire::elements_of(tools->value)) {
      if (const auto function = wire::find_member(tool, "function")) add(*function);
    }
  }
  if (const Member* functions = request.find("functions")) {
    for (const auto function : wire::elements_of(functions->value)) add(function);
  }
}

bool ToolSchemas::has_structured_parameters(std::string_view name) const {
  const auto found = tools_.find(name);
  return found != tools_.end() && found->second.structured;
}

std::string ToolSchemas::repaired_arguments(std::string_view name,
                                            std::string_view arguments) const {
  const std::string_view text = trimmed(arguments);
  if (text.empty() || text == "null") return "{}";
  const auto found = tools_.find(name);
  if (found == tools_.end()) return std::string{arguments};
  auto value = parsed(text);
  if (!value) return std::string{arguments};
  const auto schema = parsed(found->second.schema).value_or(OrderedJson::object());
  bool changed = false;
  if (value->is_string()) {
    // A function's arguments are an object by definition, whatever the schema says.
    auto inner = parsed(value->get_ref<const std::string&>());
    if (!inner || !inner->is_object()) return std::string{arguments};
    *value = std::move(*inner);
    changed = true;
  }
  if (value->is_object()) changed |= Repair{schema}.apply(*value, schema);
  return changed ? wire::dump_json(*value) : std::string{arguments};
}

}  // namespace freellm::chat
