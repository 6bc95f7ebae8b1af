#include "provider/google/partial_arguments.hpp"

#include <algorithm>
#include <charconv>

#include "freellm/wire/json_scan.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::provider::google {
namespace {

using wire::find_member;
using wire::OrderedJson;

constexpr std::size_t kMaxBytes = 8 * 1024 * 1024;
constexpr std::size_t kMaxElements = 4'096;
constexpr int kMaxDepth = 32;

OrderedJson* member_of(OrderedJson& node, std::string_view name) {
  if (node.is_null()) node = OrderedJson::object();
  const bool fits = node.is_object() && !name.empty() && node.size() < kMaxElements;
  return fits ? &node[std::string{name}] : nullptr;
}

OrderedJson* element_of(OrderedJson& node, std::string_view text) {
  std::size_t index = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, index);
  if (read.ec != std::errc{} || read.ptr != end || index >= kMaxElements) return nullptr;
  if (node.is_null()) node = OrderedJson::array();
  if (!node.is_array()) return nullptr;
  while (node.size() <= index) node.push_back(nullptr);
  return &node[index];
}

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
         text.back() == text.front();
}

}  // namespace

/// "$.a.b[0]['c d']".
OrderedJson* PartialArguments::place(std::string_view path) {
  if (!path.starts_with('$')) return nullptr;
  path.remove_prefix(1);
  auto* node = &root_;
  for (int depth = 0; node != nullptr && !path.empty(); ++depth) {
    if (depth >= kMaxDepth) return nullptr;
    const bool bracket = path.front() == '[';
    if (!bracket && path.front() != '.') return nullptr;
    path.remove_prefix(1);
    const auto end = std::min(bracket ? path.find(']') : path.find_first_of(".["), path.size());
    const auto step = path.substr(0, end);
    path.remove_prefix(bracket ? std::min(end + 1, path.size()) : end);
    if (!bracket) {
      node = member_of(*node, step);
    } else if (is_quoted(step)) {
      node = member_of(*node, step.substr(1, step.size() - 2));
    } else {
      node = element_of(*node, step);
    }
  }
  return node == &root_ ? nullptr : node;
}

void PartialArguments::add(std::string_view pieces) {
  for (const auto piece : wire::elements_of(pieces)) {
    bytes_ += piece.size();
    if (bytes_ > kMaxBytes) return;
    add_piece(piece);
  }
}

void PartialArguments::add_piece(std::string_view piece) {
  const auto path = wire::json_string(find_member(piece, "jsonPath").value_or(""));
  auto* value = path ? place(wire::unescaped(*path)) : nullptr;
  if (value == nullptr) return;
  if (const auto text = wire::json_string(find_member(piece, "stringValue").value_or(""))) {
    if (value->is_null()) *value = "";
    if (value->is_string()) value->get_ref<std::string&>() += wire::unescaped(*text);
    return;
  }
  for (const auto* kind : {"numberValue", "boolValue"}) {
    const auto raw = find_member(piece, kind);
    if (!raw) continue;
    if (auto parsed = wire::parse_ordered_json(*raw)) *value = std::move(*parsed);
  }
}

}  // namespace freellm::provider::google
