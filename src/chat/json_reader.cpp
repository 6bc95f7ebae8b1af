#include "chat/json_reader.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "chat/string_scan.hpp"

namespace freellm::chat {
namespace {

/// What may follow a backslash, apart from u.
constexpr auto kSimpleEscapes = [] {
  std::array<bool, 256> table{};
  for (const char c : {'n', '"', '\\', 't', 'r', '/', 'b', 'f'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_simple_escape(char c) { return kSimpleEscapes[static_cast<unsigned char>(c)]; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The value of four hex digits, or -1. Reads at most to the first that is none.
int code_unit(const char* at) {
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int letter = c | 0x20;
    if (is_digit(c)) {
      unit = unit * 16 + (c - '0');
    } else if (letter >= 'a' && letter <= 'f') {
      unit = unit * 16 + (letter - 'a' + 10);
    } else {
      return -1;
    }
  }
  return unit;
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::object:
      return "an object";
    case JsonKind::array:
      return "an array";
    case JsonKind::string:
      return "a string";
    case JsonKind::number:
      return "a number";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::null:
      return "null";
    case JsonKind::nothing:
      break;
  }
  return "nothing";
}

void JsonReader::fail(std::string_view problem) {
  if (!ok()) return;
  problem_ = at_ >= end_ ? "unexpected end of input" : problem;
}

void JsonReader::skip_space_slowly() {
  while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
}

JsonKind JsonReader::peek() {
  skip_space();
  switch (*at_) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return *at_ == '-' || is_digit(*at_) ? JsonKind::number : JsonKind::nothing;
  }
}

std::string_view JsonReader::value() {
  if (!ok()) return {};
  const JsonKind kind = peek();
  const char* const first = at_;
  switch (kind) {
    case JsonKind::object:
      members([this](wire::JsonText) { value(); });
      break;
    case JsonKind::array:
      elements([this] { value(); });
      break;
    case JsonKind::string:
      string();
      break;
    case JsonKind::number:
      number();
      break;
    case JsonKind::boolean:
      literal(*at_ == 't' ? "true" : "false");
      break;
    case JsonKind::null:
      literal("null");
      break;
    case JsonKind::nothing:
      fail("expected a value");
      break;
  }
  return ok() ? std::string_view{first, static_cast<std::size_t>(at_ - first)} : std::string_view{};
}

wire::JsonText JsonReader::string() {
  if (!ok()) return {};
  skip_space();
  if (*at_ != '"') {
    fail("expected a string");
    return {};
  }
  const char* const first = ++at_;
  at_ = find_special(at_);  // names and short values end in sight
  for (;;) {
    if (*at_ == '\\' && is_simple_escape(at_[1])) {
      at_ = find_special(skip_prose(at_ + 2, end_));
      continue;
    }
    if (*at_ == '"') break;
    if (*at_ != '\\') {
      fail("control character in a string");
      return {};
    }
    escape();
    if (!ok()) return {};
    at_ = find_special(at_);
  }
  const wire::JsonText text{first, static_cast<std::size_t>(at_ - first)};
  ++at_;
  return text;
}

void JsonReader::escape() {
  const char kind = at_[1];
  if (kind == 'u') {
    ++unicode_escapes_;
    const int unit = code_unit(at_ + 2);
    if (unit < 0) return fail("bad \\u escape");
    return surrogate(unit);
  }
  if (!is_simple_escape(kind)) {
    if (at_ + 1 >= end_) at_ = end_;
    return fail("bad escape in a string");
  }
  at_ += 2;
}

void JsonReader::surrogate(int first) {
  constexpr std::ptrdiff_t kEscape = 6;  // \uXXXX
  if (is_high_surrogate(first) && at_[6] == '\\' && at_[7] == 'u' &&
      is_low_surrogate(code_unit(at_ + 8))) {
    at_ += 2 * kEscape;
    return;
  }
  // Half an emoji, as clients that cut strings by UTF-16 units send it. Most upstreams refuse it.
  if (is_high_surrogate(first) || is_low_surrogate(first)) std::memcpy(at_ + 2, "fffd", 4);
  at_ += kEscape;
}

bool JsonReader::open(char bracket) {
  if (!ok()) return false;
  skip_space();
  if (*at_ != bracket) {
    fail(bracket == '{' ? "expected an object" : "expected an array");
    return false;
  }
  if (depth_ == kMaxDepth) {
    fail("nested too deeply");
    return false;
  }
  ++at_;
  ++depth_;
  return true;
}

bool JsonReader::close(char bracket) {
  skip_space();
  if (*at_ != bracket) return false;
  ++at_;
  return true;
}

bool JsonReader::separated(char closing) {
  if (!ok()) return false;
  skip_space();
  if (*at_ == ',') {
    ++at_;
    return true;
  }
  if (*at_ == closing) {
    ++at_;
    return false;
  }
  fail(closing == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
  return false;
}

wire::JsonText JsonReader::member_name() {
  skip_space();
  if (*at_ != '"') {
    fail("expected a member name in double quotes");
    return {};
  }
  const wire::JsonText name = string();
  skip_space();
  if (ok() && *at_ != ':') fail("expected ':'");
  if (ok()) ++at_;
  return name;
}

void JsonReader::digits() {
  if (!is_digit(*at_)) fail("bad number");
  while (is_digit(*at_)) ++at_;
}

/// A number that no double holds is legal JSON, but the DOM of a translated request refuses the
/// document for it. At the top level there are only scalars, which have rules of their own.
void JsonReader::check_magnitude(const char* first, const char* last) {
  constexpr std::ptrdiff_t kAlwaysFits = 300;
  const std::string_view raw{first, static_cast<std::size_t>(last - first)};
  const bool may_exceed = last - first > kAlwaysFits || raw.find_first_of("eE") != raw.npos;
  if (!may_exceed || depth_ < 2 || !ok()) return;
  double value = 0;
  const auto read = std::from_chars(first, last, value);
  const bool tiny = raw.find("e-") != raw.npos || raw.find("E-") != raw.npos;
  if (read.ec == std::errc::result_out_of_range && !tiny) fail("number out of range");
}

void JsonReader::number() {
  const char* const first = at_;
  if (*at_ == '-') ++at_;
  if (*at_ == '0') {
    ++at_;
  } else {
    digits();
  }
  if (*at_ == '.') {
    ++at_;
    digits();
  }
  if (*at_ == 'e' || *at_ == 'E') {
    ++at_;
    if (*at_ == '+' || *at_ == '-') ++at_;
    digits();
  }
  check_magnitude(first, at_);
}

void JsonReader::literal(std::string_view word) {
  for (const char c : word) {
    if (*at_ != c) return fail("expected a value");
    ++at_;
  }
}

void JsonReader::expect_end() {
  if (!ok()) return;
  skip_space();
  if (at_ < end_) fail("something follows the document");
}

}  // namespace freellm::chat
