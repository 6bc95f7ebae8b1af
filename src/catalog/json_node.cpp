#include "json_node.hpp"

#include <algorithm>
#include <string>

namespace freellm::catalog {
namespace {

const nlohmann::json kNull;

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace

void JsonNode::problem_at(std::string pointer, std::string what) const {
  if (problems_.size() < kMaxProblems) problems_.push_back({std::move(pointer), std::move(what)});
}

const nlohmann::json* JsonNode::find(std::string_view member) const {
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(member);
  return found == value_.end() ? nullptr : &*found;
}

void JsonNode::allow_only(std::initializer_list<std::string_view> known) const {
  if (!value_.is_object()) return problem("must be an object");
  for (const auto& [name, value] : value_.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problem(name.substr(0, 80), "unknown member");
    }
  }
}

std::string JsonNode::as_text(std::size_t max_bytes) const {
  if (!value_.is_string()) {
    problem("must be a string");
    return {};
  }
  const auto& text = value_.get_ref<const std::string&>();
  if (text.size() > max_bytes) {
    problem("must be at most " + std::to_string(max_bytes) + " bytes");
    return {};
  }
  if (!is_clean(text)) {
    problem("must not hold control characters");
    return {};
  }
  return text;
}

std::string JsonNode::text(std::string_view member, Presence presence,
                           std::size_t max_bytes) const {
  if (find(member) == nullptr) {
    if (presence == Presence::required) problem(member, "is missing");
    return {};
  }
  std::string text = child(member).as_text(max_bytes);
  if (text.empty() && presence == Presence::required && find(member)->is_string() &&
      find(member)->get_ref<const std::string&>().empty()) {
    problem(member, "must not be empty");
  }
  return text;
}

bool JsonNode::flag(std::string_view member, bool otherwise) const {
  const auto* found = find(member);
  if (found == nullptr) return otherwise;
  if (!found->is_boolean()) {
    problem(member, "must be true or false");
    return otherwise;
  }
  return found->get<bool>();
}

std::int64_t JsonNode::integer(std::string_view member, std::int64_t min, std::int64_t max,
                               std::int64_t otherwise) const {
  const auto* found = find(member);
  if (found == nullptr) return otherwise;
  // Unsigned values beyond int64 would wrap in get<int64_t>().
  const bool is_fitting = found->is_number_unsigned()
                              ? found->get<std::uint64_t>() <= static_cast<std::uint64_t>(max) &&
                                    static_cast<std::int64_t>(found->get<std::uint64_t>()) >= min
                              : found->is_number_integer() && found->get<std::int64_t>() >= min &&
                                    found->get<std::int64_t>() <= max;
  if (!is_fitting) {
    problem(member,
            "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return otherwise;
  }
  return found->get<std::int64_t>();
}

std::int64_t JsonNode::required_integer(std::string_view member, std::int64_t min,
                                        std::int64_t max) const {
  if (find(member) == nullptr) problem(member, "is missing");
  return integer(member, min, max, min);
}

JsonNode JsonNode::child(std::string_view member) const {
  const auto* found = find(member);
  return {found == nullptr ? kNull : *found, pointer_ + "/" + std::string{member}, problems_};
}

std::vector<JsonNode> JsonNode::list(std::string_view member, std::size_t max_items) const {
  if (find(member) == nullptr) return {};
  return child(member).elements(max_items);
}

std::vector<JsonNode> JsonNode::elements(std::size_t max_items) const {
  if (!value_.is_array()) {
    problem("must be an array");
    return {};
  }
  if (value_.size() > max_items) {
    problem("must have at most " + std::to_string(max_items) + " elements");
    return {};
  }
  std::vector<JsonNode> nodes;
  nodes.reserve(value_.size());
  for (std::size_t i = 0; i < value_.size(); ++i) {
    nodes.emplace_back(value_[i], pointer_ + "/" + std::to_string(i), problems_);
  }
  return nodes;
}

}  // namespace freellm::catalog
