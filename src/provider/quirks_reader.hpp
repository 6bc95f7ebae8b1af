// Reads typed values out of a JSON tree and remembers the first problem. Private to the provider
// layer.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freellm/wire/json.hpp"
#include "provider/quirks_names.hpp"

namespace freellm::provider {

/// Collects the first problem instead of throwing; everything after it is skipped cheaply.
class QuirkReader {
 public:
  [[nodiscard]] bool failed() const { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  void enter(std::string where) { where_ = std::move(where); }
  void fail(std::string_view what) {
    if (!problem_.empty()) return;
    problem_ = where_;
    for (const auto& [list, index] : rows_)
      problem_ += "/" + std::string(list) + "/" + std::to_string(index);
    problem_ += ": " + std::string(what);
  }

  std::string text(const wire::OrderedJson& value, std::string_view name) {
    if (value.is_string()) return value.get<std::string>();
    fail(std::string(name) + " must be a string");
    return {};
  }
  std::vector<std::string> texts(const wire::OrderedJson& value, std::string_view name) {
    std::vector<std::string> out;
    if (!value.is_array()) {
      fail(std::string(name) + " must be a list of strings");
      return out;
    }
    for (const auto& item : value) out.push_back(text(item, name));
    return out;
  }
  /// Lower case, as error texts are compared.
  std::vector<std::string> words(const wire::OrderedJson& value, std::string_view name) {
    auto out = texts(value, name);
    for (auto& word : out) {
      std::transform(word.begin(), word.end(), word.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
    return out;
  }
  bool flag(const wire::OrderedJson& value, std::string_view name) {
    if (!value.is_boolean()) fail(std::string(name) + " must be true or false");
    return value.is_boolean() && value.get<bool>();
  }
  double number(const wire::OrderedJson& value, std::string_view name) {
    if (!value.is_number()) fail(std::string(name) + " must be a number");
    return value.is_number() ? value.get<double>() : 0;
  }
  template <class E, std::size_t N>
  E name(const wire::OrderedJson& value, const std::array<Named<E>, N>& names,
         std::string_view member) {
    const auto word = text(value, member);
    for (const auto& named : names) {
      if (named.name == word) return named.value;
    }
    fail(std::string(member) + " \"" + word + "\" is unknown");
    return names.front().value;
  }
  /// For each member of `object`: `handle(name, value)` returns false for a name it does not know.
  template <class Handle>
  void members(const wire::OrderedJson& object, Handle handle) {
    if (!object.is_object()) return fail("must be an object");
    for (const auto& [key, value] : object.items()) {
      if (failed()) return;
      if (!handle(std::string_view(key), value)) fail("unknown member \"" + key + "\"");
    }
  }
  template <class Handle>
  void rows(const wire::OrderedJson& list, std::string_view name, Handle handle) {
    if (!list.is_array()) return fail(std::string(name) + " must be a list");
    rows_.emplace_back(name, 0);
    for (const auto& row : list) {
      if (failed()) break;
      handle(row);
      ++rows_.back().second;
    }
    rows_.pop_back();
  }

 private:
  std::string where_;
  std::vector<std::pair<std::string_view, std::size_t>> rows_;  ///< where we are below it
  std::string problem_;
};

}  // namespace freellm::provider
