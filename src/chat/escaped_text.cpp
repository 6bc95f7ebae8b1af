#include "chat/escaped_text.hpp"

#include <algorithm>

namespace freellm::chat {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = c | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

int unicode_escape(wire::JsonText digits) {
  if (digits.size() < 4) return -1;
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int value = hex_value(digits[i]);
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

int simple_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

bool is_space(int c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

EscapedUnit unit_at(wire::JsonText text, std::size_t at) {
  const char c = text[at];
  if (static_cast<unsigned char>(c) >= 0x80) return {};
  if (c != '\\' || at + 1 >= text.size()) return {c, 1};
  if (text[at + 1] != 'u') return {simple_escape(text[at + 1]), 2};
  const int unit = unicode_escape(text.substr(at + 2));
  const std::size_t length = std::min<std::size_t>(6, text.size() - at);
  return {unit < 0x80 ? unit : -1, length};
}

std::size_t find_ascii(wire::JsonText text, std::string_view wanted) {
  const bool escapes = text.find('\\') != text.npos;
  if (!escapes) {
    std::size_t first = text.npos;
    for (const char c : wanted) first = std::min(first, text.find(c));
    return first;
  }
  for (std::size_t at = 0; at < text.size();) {
    const EscapedUnit unit = unit_at(text, at);
    if (unit.value > 0 && wanted.find(static_cast<char>(unit.value)) != wanted.npos) return at;
    at += unit.length;
  }
  return text.npos;
}

std::size_t leading_space(wire::JsonText text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const EscapedUnit unit = unit_at(text, at);
    if (!is_space(unit.value)) break;
    at += unit.length;
  }
  return at;
}

std::size_t split_surrogate(wire::JsonText text) {
  constexpr std::size_t kEscape = 6;
  if (text.size() < kEscape) return 0;
  const wire::JsonText last = text.substr(text.size() - kEscape);
  if (last[0] != '\\' || last[1] != 'u') return 0;
  const int unit = unicode_escape(last.substr(2));
  if (unit < 0xD800 || unit > 0xDBFF) return 0;
  // The backslash may itself be escaped: an odd number of them in front means so.
  const wire::JsonText before = text.substr(0, text.size() - kEscape);
  const auto last_other = before.find_last_not_of('\\');
  const std::size_t slashes =
      last_other == before.npos ? before.size() : before.size() - last_other - 1;
  return slashes % 2 == 0 ? kEscape : 0;
}

void EscapedJsonEnd::feed(wire::JsonText text) {
  for (std::size_t at = 0; at < text.size() && !complete_;) {
    const EscapedUnit unit = unit_at(text, at);
    step(unit.value >= 0 ? static_cast<char>(unit.value) : 'x');
    at += unit.length;
  }
}

void EscapedJsonEnd::step(char c) {
  if (first_ == 0 && !is_space(c)) first_ = c;
  if (escaped_) {
    escaped_ = false;
  } else if (in_string_) {
    escaped_ = c == '\\';
    in_string_ = c != '"';
  } else if (c == '"') {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if ((c == '}' || c == ']') && depth_ > 0) {
    complete_ = --depth_ == 0;
  }
}

}  // namespace freellm::chat
