#pragma once
// JsonOut: appends JSON to a string, commas included. A record is written for every request, so no
// tree is built; whoever calls it closes what it opens.

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/wire/json_text.hpp"

namespace freellm::routing::detail {

class JsonOut {
 public:
  explicit JsonOut(std::string& out) : out_(out) {}

  void open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
  }
  void key(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;  // our own names need no escaping
    out_ += "\":";
    needs_comma_ = false;
  }
  void text(std::string_view value) {
    separate();
    out_ += '"';
    wire::append_escaped(out_, value);
    out_ += '"';
    needs_comma_ = true;
  }
  void number(std::integral auto value) { append_number(value); }
  /// At most three decimals: milliseconds to the microsecond, scores.
  void number(std::floating_point auto value) {
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<double>(value),
                                   std::chars_format::fixed, 3);
    raw({digits, static_cast<std::size_t>(end.ptr - digits)});
  }
  void boolean(bool value) { raw(value ? "true" : "false"); }

  void field(std::string_view name, std::string_view value) { key(name), text(value); }
  void field(std::string_view name, const char* value) { key(name), text(value); }
  void field(std::string_view name, bool value) { key(name), boolean(value); }
  void field(std::string_view name, std::integral auto value) { key(name), number(value); }
  void field(std::string_view name, std::floating_point auto value) { key(name), number(value); }

 private:
  void separate() {
    if (needs_comma_) out_ += ',';
  }
  void raw(std::string_view value) {
    separate();
    out_ += value;
    needs_comma_ = true;
  }
  void append_number(std::integral auto value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    raw({digits, static_cast<std::size_t>(end.ptr - digits)});
  }

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace freellm::routing::detail
