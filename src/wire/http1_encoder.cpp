#include "freellm/wire/http1_encoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

namespace freellm::wire {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};
// RFC 9110 §15, RFC 6585.
constexpr Phrase kPhrases[] = {{100, "Continue"},
                               {200, "OK"},
                               {201, "Created"},
                               {202, "Accepted"},
                               {204, "No Content"},
                               {206, "Partial Content"},
                               {301, "Moved Permanently"},
                               {302, "Found"},
                               {303, "See Other"},
                               {304, "Not Modified"},
                               {307, "Temporary Redirect"},
                               {308, "Permanent Redirect"},
                               {400, "Bad Request"},
                               {401, "Unauthorized"},
                               {402, "Payment Required"},
                               {403, "Forbidden"},
                               {404, "Not Found"},
                               {405, "Method Not Allowed"},
                               {406, "Not Acceptable"},
                               {408, "Request Timeout"},
                               {409, "Conflict"},
                               {410, "Gone"},
                               {411, "Length Required"},
                               {412, "Precondition Failed"},
                               {413, "Content Too Large"},
                               {414, "URI Too Long"},
                               {415, "Unsupported Media Type"},
                               {417, "Expectation Failed"},
                               {422, "Unprocessable Content"},
                               {426, "Upgrade Required"},
                               {429, "Too Many Requests"},
                               {431, "Request Header Fields Too Large"},
                               {500, "Internal Server Error"},
                               {501, "Not Implemented"},
                               {502, "Bad Gateway"},
                               {503, "Service Unavailable"},
                               {504, "Gateway Timeout"},
                               {505, "HTTP Version Not Supported"}};

constexpr bool is_visible_ascii(char c) { return c > 0x20 && c < 0x7f; }
constexpr bool is_value_char(char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); }
constexpr bool is_token_char(char c) {
  constexpr std::string_view kDelimiters = "\"(),/:;<=>?@[\\]{}";
  return is_visible_ascii(c) && kDelimiters.find(c) == std::string_view::npos;
}

/// Which bytes a predicate holds for: a head is a few hundred of them, and each is looked at.
template <class Predicate>
constexpr std::array<bool, 256> table_of(Predicate holds) {
  std::array<bool, 256> table{};
  for (int byte = 0; byte < 256; ++byte)
    table[static_cast<std::size_t>(byte)] = holds(static_cast<char>(byte));
  return table;
}
constexpr auto kTokenChars = table_of(is_token_char);
constexpr auto kValueChars = table_of(is_value_char);

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
  });
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_value(std::string& out, std::string_view value) {
  const auto begin = out.size();
  out += value;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!kValueChars[static_cast<unsigned char>(value[i])]) out[begin + i] = '?';
  }
}

void append_target(std::string& out, std::string_view target) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  if (!target.starts_with('/')) out += '/';
  for (const char c : target) {
    if (is_visible_ascii(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
}

void append_two_digits(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* const found =
      std::lower_bound(std::begin(kPhrases), std::end(kPhrases), status,
                       [](const Phrase& p, int code) { return p.status < code; });
  return found != std::end(kPhrases) && found->status == status ? found->text : "Unknown";
}

std::string http_date(WallTime when) {
  static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const auto day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(when - day)};
  std::string out;
  out.reserve(29);
  out += kDays[weekday{day}.c_encoding()];
  out += ", ";
  append_two_digits(out, static_cast<unsigned>(date.day()));
  out += ' ';
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += ' ';
  out += std::to_string(static_cast<int>(date.year()));
  out += ' ';
  append_two_digits(out, static_cast<unsigned>(time.hours().count()));
  out += ':';
  append_two_digits(out, static_cast<unsigned>(time.minutes().count()));
  out += ':';
  append_two_digits(out, static_cast<unsigned>(time.seconds().count()));
  out += " GMT";
  return out;
}

std::string_view DateCache::at(WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != second_ || text_.empty()) {
    second_ = second;
    text_ = http_date(now);
  }
  return text_;
}

HeadWriter& HeadWriter::field(std::string_view name, std::string_view value) {
  if (!is_token(name)) return *this;
  out_ += name;
  out_ += ": ";
  append_value(out_, value);
  out_ += "\r\n";
  return *this;
}

HeadWriter& HeadWriter::field(std::string_view name, std::uint64_t value) {
  assert(is_token(name));
  out_ += name;
  out_ += ": ";
  append_number(out_, value);
  out_ += "\r\n";
  return *this;
}

ResponseHeadWriter::ResponseHeadWriter(std::string& out, int status, std::string_view date)
    : HeadWriter(out) {
  assert(status >= 100 && status <= 599);
  out_ += "HTTP/1.1 ";
  append_number(out_, static_cast<std::uint64_t>(status));
  out_ += ' ';
  out_ += reason_phrase(status);
  out_ += "\r\n";
  if (!date.empty()) field("Date", date);
}

RequestHeadWriter::RequestHeadWriter(std::string& out, std::string_view method,
                                     std::string_view target, const Origin& origin)
    : HeadWriter(out) {
  assert(is_token(method));
  out_ += method;
  out_ += ' ';
  append_target(out_, target);
  out_ += " HTTP/1.1\r\n";
  field("Host", origin.host_header());
}

}  // namespace freellm::wire
