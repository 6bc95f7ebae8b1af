// The walkers of json_scan.hpp. They trust the grammar but not the length: on bytes nobody
// validated they end early.

#include <charconv>
#include <cmath>

#include "freellm/wire/json_scan.hpp"
#include "wire/byte_scan.hpp"
#include "wire/json_chars.hpp"

namespace freellm::wire {
namespace {

using detail::between;
using detail::is_digit;
using detail::is_space;
using detail::skip_space;

const char* skip_string(const char* p, const char* end) {
  ++p;
  for (;;) {
    p = detail::find_json_special(p, end);
    if (p == end) return end;
    if (*p == '"') return p + 1;
    p += *p == '\\' && end - p >= 2 ? 2 : 1;
  }
}

bool ends_scalar(char c) { return c == ',' || c == '}' || c == ']' || c == ':' || is_space(c); }

/// Behind the value that begins at `p`.
const char* skip_value(const char* p, const char* end) {
  int depth = 0;
  do {
    if (*p == '"') {
      p = skip_string(p, end);
    } else if (*p == '{' || *p == '[') {
      ++depth;
      ++p;
    } else if (*p == '}' || *p == ']') {
      --depth;
      ++p;
    } else if (depth == 0) {
      while (p != end && !ends_scalar(*p)) ++p;
    } else {
      ++p;
    }
  } while (depth > 0 && p != end);
  return p;
}

/// What stands between the brackets (the closing one included, if there), or nullopt when it is not
/// `opening`.
std::optional<std::string_view> inside(std::string_view value, char opening) {
  const char* const end = value.data() + value.size();
  const char* const p = skip_space(value.data(), end);
  if (p == end || *p != opening) return std::nullopt;
  return between(p + 1, end);
}

const char* skip_comma(const char* p, const char* end) {
  p = skip_space(p, end);
  return p != end && *p == ',' ? skip_space(p + 1, end) : p;
}

std::string_view trim_space(std::string_view value) {
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  return value;
}

}  // namespace

JsonType json_type(std::string_view value) {
  const char* const end = value.data() + value.size();
  const char* const p = skip_space(value.data(), end);
  if (p == end) return JsonType::invalid;
  switch (*p) {
    case '"':
      return JsonType::string;
    case '{':
      return JsonType::object;
    case '[':
      return JsonType::array;
    case 't':
    case 'f':
      return JsonType::boolean;
    case 'n':
      return JsonType::null;
    default:
      return *p == '-' || is_digit(*p) ? JsonType::number : JsonType::invalid;
  }
}

JsonMembers::Iterator JsonMembers::begin() const {
  const auto rest = inside(object_, '{');
  return rest ? Iterator{*rest} : Iterator{};
}

void JsonMembers::Iterator::advance() {
  done_ = true;
  const char* const end = rest_.data() + rest_.size();
  const char* p = skip_comma(rest_.data(), end);
  if (p == end || *p != '"') return;
  const char* const after_name = skip_string(p, end);
  if (after_name - p < 2 || after_name[-1] != '"') return;
  member_.name = between(p + 1, after_name - 1);
  p = skip_space(after_name, end);
  if (p == end || *p != ':') return;
  p = skip_space(p + 1, end);
  if (p == end) return;
  const char* const value_end = skip_value(p, end);
  if (value_end == p) return;
  member_.value = between(p, value_end);
  rest_ = between(value_end, end);
  done_ = false;
}

JsonElements::Iterator JsonElements::begin() const {
  const auto rest = inside(array_, '[');
  return rest ? Iterator{*rest} : Iterator{};
}

void JsonElements::Iterator::advance() {
  done_ = true;
  const char* const end = rest_.data() + rest_.size();
  const char* const p = skip_comma(rest_.data(), end);
  if (p == end || *p == ']') return;
  const char* const value_end = skip_value(p, end);
  if (value_end == p) return;
  value_ = between(p, value_end);
  rest_ = between(value_end, end);
  done_ = false;
}

std::optional<std::string_view> find_member(std::string_view object, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& member : members_of(object)) {
    if (member.name == name) found = member.value;
  }
  return found;
}

std::optional<JsonText> json_string(std::string_view value) {
  value = trim_space(value);
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  return value.substr(1, value.size() - 2);
}

std::optional<double> json_double(std::string_view value) {
  value = trim_space(value);
  if (json_type(value) != JsonType::number) return std::nullopt;
  double number = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (ec != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> json_int(std::string_view value) {
  value = trim_space(value);
  std::int64_t whole = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), whole);
  if (ec == std::errc{} && end == value.data() + value.size()) return whole;
  const auto number = json_double(value);
  if (!number || *number != std::trunc(*number)) return std::nullopt;
  if (!(*number >= -0x1p63 && *number < 0x1p63)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> json_bool(std::string_view value) {
  value = trim_space(value);
  if (value == "true") return true;
  if (value == "false") return false;
  return std::nullopt;
}

}  // namespace freellm::wire
