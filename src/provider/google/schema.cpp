#include "provider/google/schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/wire/json.hpp"
#include "provider/google/schema_rules.hpp"

namespace freellm::provider::google {
namespace {

using wire::OrderedJson;

// References can double at every level, so inlining is bounded by what comes out, not by what goes
// in.
constexpr int kMaxNodes = 4'000;
constexpr std::size_t kMaxDepth = 48;

OrderedJson open_object() { return {{"type", "object"}}; }

class Sanitizer {
 public:
  explicit Sanitizer(const OrderedJson& root) : root_(root) {}

  /// A legal node for `source`.
  OrderedJson schema(const OrderedJson& source) {
    auto node = draft(source);
    complete_schema(node);
    return node;
  }

 private:
  /// The node before its gaps are filled, so that drafts of the same node can be merged.
  OrderedJson draft(const OrderedJson& source);
  OrderedJson referenced(const OrderedJson& reference);
  OrderedJson properties(const OrderedJson& source);
  void add_items(OrderedJson& node, const OrderedJson& source);
  void add_union(OrderedJson& node, const OrderedJson& source);

  const OrderedJson& root_;
  std::vector<std::string_view> open_references_{"#"};
  std::size_t depth_ = 0;
  int nodes_ = 0;
};

OrderedJson Sanitizer::draft(const OrderedJson& source) {
  if (!source.is_object()) return OrderedJson::object();
  if (++nodes_ > kMaxNodes || depth_ >= kMaxDepth) return open_object();
  ++depth_;
  auto node = plain_keywords(source);
  if (const auto found = source.find("properties"); found != source.end() && found->is_object()) {
    node["properties"] = properties(*found);
  }
  add_items(node, source);
  if (const auto found = source.find("$ref"); found != source.end()) {
    merge_schema(node, referenced(*found));
  }
  if (const auto found = source.find("allOf"); found != source.end() && found->is_array()) {
    for (const auto& branch : *found) merge_schema(node, draft(branch));
  }
  add_union(node, source);
  --depth_;
  return node;
}

OrderedJson Sanitizer::referenced(const OrderedJson& reference) {
  if (!reference.is_string()) return OrderedJson::object();
  const std::string_view name = reference.get_ref<const std::string&>();
  const auto* target = find_reference(root_, name);
  if (target == nullptr) return open_object();
  if (std::find(open_references_.begin(), open_references_.end(), name) != open_references_.end()) {
    // A recursive type is unrolled once; deeper levels keep its type and lose its shape.
    const auto shallow = target->is_object() ? plain_keywords(*target) : OrderedJson::object();
    return shallow.contains("type") ? OrderedJson{{"type", shallow["type"]}} : open_object();
  }
  open_references_.push_back(name);
  auto node = draft(*target);
  open_references_.pop_back();
  return node;
}

OrderedJson Sanitizer::properties(const OrderedJson& source) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, property] : source.items()) {
    if (++nodes_ > kMaxNodes) break;
    out[name] = schema(property);
  }
  return out;
}

void Sanitizer::add_items(OrderedJson& node, const OrderedJson& source) {
  // A tuple ("items" or "prefixItems" as array) becomes an array of its first member's type.
  for (const auto* name : {"items", "prefixItems"}) {
    const auto found = source.find(name);
    if (found == source.end() || node.contains("items")) continue;
    if (found->is_object()) node["items"] = schema(*found);
    if (found->is_array() && !found->empty()) node["items"] = schema(found->front());
  }
}

/// Unites branches that are all lists of values: what TypeScript unions of literals become.
bool unite_enums(OrderedJson& node, const std::vector<OrderedJson>& branches) {
  OrderedJson values = OrderedJson::array();
  for (const auto& branch : branches) {
    const auto found = branch.find("enum");
    if (found == branch.end()) return false;
    for (const auto& value : *found) values.push_back(value);
  }
  node["enum"] = std::move(values);
  return true;
}

void Sanitizer::add_union(OrderedJson& node, const OrderedJson& source) {
  auto found = source.find("anyOf");
  if (found == source.end()) found = source.find("oneOf");
  if (found == source.end() || !found->is_array()) return;
  std::vector<OrderedJson> branches;
  for (const auto& branch : *found) {
    auto drafted = draft(branch);
    if (is_null_schema(drafted)) {
      node["nullable"] = true;
    } else {
      branches.push_back(std::move(drafted));
    }
  }
  if (branches.size() == 1) merge_schema(node, branches.front());
  // With properties of its own, the branches only say which of them go together: beyond the subset.
  if (branches.size() < 2 || node.contains("properties")) return;
  if (unite_enums(node, branches)) return;
  OrderedJson alternatives = OrderedJson::array();
  for (auto& branch : branches) {
    complete_schema(branch);
    alternatives.push_back(std::move(branch));
  }
  node["anyOf"] = std::move(alternatives);
}

}  // namespace

OrderedJson sanitized_schema(const OrderedJson& schema) { return Sanitizer{schema}.schema(schema); }

}  // namespace freellm::provider::google
