#include "provider/google/tools.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"
#include "provider/google/schema.hpp"
#include "provider/native/members.hpp"

namespace freellm::provider::google {
namespace {

using native::member;
using native::text_of;
using wire::OrderedJson;

bool is_search(std::string_view name) {
  return name == "google_search" || name == "googlesearch" || name == "google_search_retrieval";
}

OrderedJson declaration(const OrderedJson& function, std::string_view name) {
  OrderedJson out{{"name", name}};
  if (const auto description = text_of(member(function, "description")); !description.empty()) {
    out["description"] = description;
  }
  const auto* parameters = member(function, "parameters");
  if (parameters == nullptr) return out;
  auto schema = sanitized_schema(*parameters);
  // A function without parameters sends none: an object schema without properties is refused.
  const auto properties = schema.find("properties");
  if (properties != schema.end() && !properties->empty()) out["parameters"] = std::move(schema);
  return out;
}

OrderedJson declarations(const OrderedJson& request) {
  OrderedJson out = OrderedJson::array();
  const auto* tools = member(request, "tools");
  if (tools == nullptr || !tools->is_array()) return out;
  for (const auto& tool : *tools) {
    const auto* function = member(tool, "function");
    if (function == nullptr) continue;
    const auto name = text_of(member(*function, "name"));
    if (!name.empty()) out.push_back(declaration(*function, name));
  }
  return out;
}

bool declares(const OrderedJson& functions, std::string_view name) {
  return std::any_of(functions.begin(), functions.end(),
                     [name](const OrderedJson& function) { return function["name"] == name; });
}

/// Null when the default (AUTO) is wanted.
OrderedJson calling_config(const OrderedJson& request, const OrderedJson& functions) {
  const auto* choice = member(request, "tool_choice");
  if (choice == nullptr) return nullptr;
  const auto word = text_of(choice);
  if (word == "auto") return {{"mode", "AUTO"}};
  if (word == "none") return {{"mode", "NONE"}};
  if (word == "required") return {{"mode", "ANY"}};
  const auto* function = member(*choice, "function");
  const auto name = function == nullptr ? std::string_view{} : text_of(member(*function, "name"));
  if (!declares(functions, name)) return nullptr;
  return {{"mode", "ANY"}, {"allowedFunctionNames", OrderedJson::array({name})}};
}

}  // namespace

TranslatedTools add_tools(OrderedJson& body, const OrderedJson& request) {
  auto functions = declarations(request);
  if (functions.empty()) return {};
  // Search next to other functions stays a function: the API refuses both kinds in one request.
  if (functions.size() == 1 && is_search(text_of(member(functions[0], "name")))) {
    body["tools"] = OrderedJson::array({{{"google_search", OrderedJson::object()}}});
    return {};
  }
  auto config = calling_config(request, functions);
  body["tools"] = OrderedJson::array({{{"functionDeclarations", std::move(functions)}}});
  if (!config.is_null()) body["toolConfig"] = {{"functionCallingConfig", std::move(config)}};
  return {.has_functions = true};
}

}  // namespace freellm::provider::google
