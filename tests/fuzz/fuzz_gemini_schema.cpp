// The schema sanitiser: whatever goes in, what comes out is of bounded size and holds nothing but
// keywords the Gemini API knows.

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "freellm/wire/json.hpp"
#include "fuzz/fuzz.hpp"
#include "provider/google/schema.hpp"

namespace {

using Json = freellm::wire::OrderedJson;

constexpr std::size_t kMostGrowth = 64 * 1024 * 1024;

void check_node(const Json& node) {
  static const std::set<std::string> kKnown{
      "type",      "format",   "title",    "description", "nullable", "enum",
      "items",     "maxItems", "minItems", "properties",  "required", "minLength",
      "maxLength", "pattern",  "minimum",  "maximum",     "anyOf",    "default"};
  FUZZ_CHECK(node.is_object());
  FUZZ_CHECK(node.contains("type") || node.contains("anyOf"));
  for (const auto& [name, value] : node.items()) FUZZ_CHECK(kKnown.count(name) == 1);
  if (node.contains("items")) check_node(node["items"]);
  if (node.contains("anyOf")) {
    for (const auto& branch : node["anyOf"]) check_node(branch);
  }
  if (!node.contains("properties")) return;
  for (const auto& [name, property] : node["properties"].items()) check_node(property);
  if (!node.contains("required")) return;
  for (const auto& name : node["required"]) {
    FUZZ_CHECK(node["properties"].contains(name.get<std::string>()));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto schema =
      freellm::wire::parse_ordered_json({reinterpret_cast<const char*>(data), size}, 64 * 1024);
  if (!schema) return 0;
  const auto out = freellm::provider::google::sanitized_schema(*schema);
  check_node(out);
  FUZZ_CHECK(freellm::wire::dump_json(out).size() < kMostGrowth);
  return 0;
}
