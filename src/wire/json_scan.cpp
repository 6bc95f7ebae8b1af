#include "freellm/wire/json_scan.hpp"

#include <simdjson.h>

#include <bitset>
#include <string>

#include "wire/byte_scan.hpp"
#include "wire/json_chars.hpp"

namespace freellm::wire {
namespace {

using detail::between;
using detail::is_digit;
using detail::skip_space;

constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The strict scanner. Every step returns the position behind what it took, or nullptr when it is
// malformed; nothing is recursive, so nesting costs one bit a level and no stack.
class Scanner {
 public:
  using OnMember = FunctionRef<void(const JsonMember&)>;

  Scanner(std::string_view json, std::uint64_t max_member_work)
      : begin_(json.data()), end_(begin_ + json.size()), member_work_left_(max_member_work) {}

  [[nodiscard]] Status run(const OnMember* on_member);

 private:
  const char* scan_document(const OnMember* on_member);
  const char* enter(const char* p);
  const char* leave_value(const char* p, const OnMember* on_member);
  const char* take_value_start(const char* p);
  const char* take_name(const char* p);
  const char* take_string(const char* p);
  const char* take_escape(const char* p);
  const char* take_number(const char* p);
  const char* take_word(const char* p, std::string_view word);
  const char* open(const char* p, bool is_object);
  const char* close(const char* p);
  [[nodiscard]] bool in_object() const { return is_object_[static_cast<std::size_t>(depth_ - 1)]; }
  const char* fail(const char* at, const char* why) {
    failed_at_ = at;
    why_ = why;
    return nullptr;
  }

  const char* begin_;
  const char* end_;
  const char* failed_at_ = nullptr;
  const char* why_ = "";
  std::bitset<kMaxJsonDepth> is_object_;  ///< per open level
  int depth_ = 0;
  std::uint64_t member_work_left_;
  std::uint32_t members_[kMaxJsonDepth];  ///< read so far, per open level
  bool has_opened_ = false;               ///< the last value began a container
  const char* value_begin_ = nullptr;
  JsonMember member_;  ///< the top-level member being read
};

Error invalid_json(std::string why, std::ptrdiff_t at) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = "invalid JSON: " + std::move(why) + " at byte " + std::to_string(at),
               .code = "invalid_json"};
}

Status Scanner::run(const OnMember* on_member) {
  const auto size = static_cast<std::size_t>(end_ - begin_);
  if (!simdjson::validate_utf8(begin_, size)) {
    const char* p = begin_;
    while (const auto step = detail::utf8_sequence(p, end_)) p += step;
    return invalid_json("the text is not UTF-8", p - begin_);
  }
  const char* p = skip_space(begin_, end_);
  if (on_member != nullptr && (p == end_ || *p != '{')) {
    return invalid_json("an object was expected", p - begin_);
  }
  p = scan_document(on_member);
  if (p != nullptr) p = skip_space(p, end_);
  if (p != nullptr && p != end_) p = fail(p, "there is something behind the document");
  if (p == nullptr) return invalid_json(why_, failed_at_ - begin_);
  return {};
}

// One turn a value, rather than one a token: which token may follow is known from where we are.
const char* Scanner::scan_document(const OnMember* on_member) {
  const char* p = begin_;
  do {
    p = skip_space(p, end_);
    if (depth_ == 1) value_begin_ = p;
    p = take_value_start(p);
    if (p != nullptr && has_opened_) p = enter(p);
    if (p != nullptr && !has_opened_) p = leave_value(p, on_member);
  } while (p != nullptr && depth_ > 0);
  return p;
}

/// Behind an opening bracket: closes an empty container, or goes to the first value.
const char* Scanner::enter(const char* p) {
  p = skip_space(p, end_);
  if (p == end_) return fail(p, "the document is cut short");
  if (*p == '}' || *p == ']') {
    has_opened_ = false;
    return close(p);
  }
  return in_object() ? take_name(p) : p;
}

/// Behind a value: closes what ends here, then goes to the next value or to the end of the
/// document.
const char* Scanner::leave_value(const char* p, const OnMember* on_member) {
  while (depth_ > 0) {
    if (depth_ == 1 && on_member != nullptr) {
      member_.value = between(value_begin_, p);
      (*on_member)(member_);
    }
    p = skip_space(p, end_);
    if (p == end_) return fail(p, "the document is cut short");
    if (*p == ',') return in_object() ? take_name(skip_space(p + 1, end_)) : p + 1;
    p = close(p);
    if (p == nullptr) return nullptr;
  }
  return p;
}

const char* Scanner::take_value_start(const char* p) {
  has_opened_ = false;
  if (p == end_) return fail(p, "the document is cut short");
  switch (*p) {
    case '"':
      return take_string(p);
    case '{':
      return open(p, true);
    case '[':
      return open(p, false);
    case 't':
      return take_word(p, "true");
    case 'f':
      return take_word(p, "false");
    case 'n':
      return take_word(p, "null");
    default:
      return take_number(p);
  }
}

const char* Scanner::open(const char* p, bool is_object) {
  if (depth_ == kMaxJsonDepth) return fail(p, "nesting deeper than 128");
  members_[depth_] = 0;
  is_object_[static_cast<std::size_t>(depth_++)] = is_object;
  has_opened_ = true;
  return p + 1;
}

const char* Scanner::close(const char* p) {
  if (*p != (in_object() ? '}' : ']')) return fail(p, "a comma or the closing bracket is missing");
  --depth_;
  return p + 1;
}

const char* Scanner::take_name(const char* p) {
  if (p == end_ || *p != '"') return fail(p, "a member name was expected");
  const std::uint32_t before = members_[depth_ - 1]++;
  if (before > member_work_left_) return fail(p, "too many members");
  member_work_left_ -= before;
  const char* const after = take_string(p);
  if (after == nullptr) return nullptr;
  if (depth_ == 1) member_.name = between(p + 1, after - 1);
  p = skip_space(after, end_);
  if (p == end_ || *p != ':') return fail(p, "a colon was expected");
  return p + 1;
}

const char* Scanner::take_string(const char* p) {
  const char* const opening = p++;
  for (;;) {
    p = detail::find_json_special(p, end_);
    if (p == end_) return fail(opening, "a string without an end");
    if (*p == '"') return p + 1;
    if (*p != '\\') return fail(p, "a raw control character in a string");
    p = take_escape(p);
    if (p == nullptr) return nullptr;
  }
}

const char* Scanner::take_escape(const char* p) {
  if (end_ - p < 2) return fail(p, "an escape cut short");
  switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return p + 2;
    case 'u':
      if (end_ - p >= 6 && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]))
        return p + 6;
      break;
    default:
      break;
  }
  return fail(p, "an unknown escape");
}

const char* Scanner::take_word(const char* p, std::string_view word) {
  if (!between(p, end_).starts_with(word)) return fail(p, "an unknown word");
  return p + word.size();
}

const char* Scanner::take_number(const char* p) {
  const char* const first = p;
  const auto digits = [this](const char* at) {
    while (at != end_ && is_digit(*at)) ++at;
    return at;
  };
  if (p != end_ && *p == '-') ++p;
  const char* const integer = p;
  p = digits(p);
  if (p == integer) return fail(first, first == p ? "a value was expected" : "a malformed number");
  if (*integer == '0' && p - integer > 1) return fail(first, "a number with a leading zero");
  if (p != end_ && *p == '.') {
    const char* const fraction = p + 1;
    p = digits(fraction);
    if (p == fraction) return fail(first, "a malformed number");
  }
  if (p != end_ && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end_ && (*p == '+' || *p == '-')) ++p;
    const char* const exponent = p;
    p = digits(p);
    if (p == exponent) return fail(first, "a malformed number");
  }
  return p;
}

}  // namespace

Status validate_json(std::string_view json, std::uint64_t max_member_work) {
  return Scanner{json, max_member_work}.run(nullptr);
}

Status scan_members(std::string_view json, FunctionRef<void(const JsonMember&)> on_member) {
  return Scanner{json, kAnyMemberWork}.run(&on_member);
}

}  // namespace freellm::wire
