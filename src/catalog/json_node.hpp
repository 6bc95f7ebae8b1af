#pragma once
// JsonNode: a place in a JSON document that knows its pointer and collects what is wrong with it.
//
// Private to the catalog. Getters never fail: they note a problem and return a harmless value, so
// that one pass finds every problem.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freellm/catalog/loader.hpp"

namespace freellm::catalog {

inline constexpr std::size_t kMaxProblems = 100;

enum class Presence : std::uint8_t { required, optional };

template <class T>
using Choice = std::pair<std::string_view, T>;

class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, std::string pointer, std::vector<Problem>& problems)
      : value_(value), pointer_(std::move(pointer)), problems_(problems) {}

  void problem(std::string what) const { problem_at(pointer_, std::move(what)); }
  void problem(std::string_view member, std::string what) const {
    problem_at(pointer_ + "/" + std::string{member}, std::move(what));
  }

  [[nodiscard]] bool is_object() const { return value_.is_object(); }
  /// Notes every member that is not in `known`.
  void allow_only(std::initializer_list<std::string_view> known) const;

  [[nodiscard]] std::string text(std::string_view member, Presence presence,
                                 std::size_t max_bytes = 2000) const;
  [[nodiscard]] bool flag(std::string_view member, bool otherwise) const;
  [[nodiscard]] std::int64_t integer(std::string_view member, std::int64_t min, std::int64_t max,
                                     std::int64_t otherwise) const;
  /// A missing member is a problem.
  [[nodiscard]] std::int64_t required_integer(std::string_view member, std::int64_t min,
                                              std::int64_t max) const;
  /// The elements of an array member; none when it is missing.
  [[nodiscard]] std::vector<JsonNode> list(std::string_view member, std::size_t max_items) const;
  [[nodiscard]] std::vector<JsonNode> elements(std::size_t max_items) const;
  [[nodiscard]] bool has(std::string_view member) const { return find(member) != nullptr; }
  /// The member as a node; null when it is missing.
  [[nodiscard]] JsonNode child(std::string_view member) const;

  /// This node itself as a text, say an array's element.
  [[nodiscard]] std::string as_text(std::size_t max_bytes = 2000) const;

  template <class T, std::size_t N>
  [[nodiscard]] T choice(std::string_view member, const std::array<Choice<T>, N>& choices,
                         Presence presence = Presence::required) const {
    const std::string got = text(member, presence);
    if (got.empty()) return choices.front().second;
    for (const auto& [name, value] : choices) {
      if (got == name) return value;
    }
    std::string what = "must be one of";
    for (const auto& entry : choices) what += " \"" + std::string{entry.first} + "\"";
    problem(member, std::move(what));
    return choices.front().second;
  }

 private:
  void problem_at(std::string pointer, std::string what) const;
  [[nodiscard]] const nlohmann::json* find(std::string_view member) const;

  const nlohmann::json& value_;
  std::string pointer_;
  std::vector<Problem>& problems_;
};

}  // namespace freellm::catalog
