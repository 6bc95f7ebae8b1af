#include "log_json.hpp"

#include <algorithm>
#include <array>

namespace freellm::log {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7); 0 = none.
std::size_t sequence(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_next = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return is_next(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool is_short = first == 0xE0 && at(1) < 0xA0;
    const bool is_surrogate = first == 0xED && at(1) > 0x9F;
    return is_next(1) && is_next(2) && !is_short && !is_surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool is_short = first == 0xF0 && at(1) < 0x90;
    const bool is_beyond = first == 0xF4 && at(1) > 0x8F;
    return is_next(1) && is_next(2) && is_next(3) && !is_short && !is_beyond ? 4 : 0;
  }
  return 0;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
  });
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 && (text == "0" || text[0] != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool names_a_number(std::string_view name) {
  return name == "status" || name == "stream" || name == "attempts" || name == "attempt" ||
         name.ends_with("_ms") || name.ends_with("_tok") || name.ends_with("_id");
}

struct Field {
  std::string_view name, value;
};

/// Takes the next key=value off the front of `rest`; an empty name at the end.
Field next_field(std::string_view& rest) {
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos || !is_name(word.substr(0, equals))) {
      rest.remove_prefix(std::min(end + 1, rest.size()));
      continue;
    }
    const auto name = word.substr(0, equals);
    if (!word.substr(equals + 1).starts_with('"')) {
      rest.remove_prefix(std::min(end + 1, rest.size()));
      return {name, word.substr(equals + 1)};
    }
    const auto text = rest.substr(equals + 2);
    rest = {};
    return {name, text.substr(0, std::min(text.rfind('"'), text.size()))};
  }
  return {};
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto length = sequence(text);
    if (length == 0) {
      out += kReplacement;
    } else if (length == 1) {
      const auto c = static_cast<unsigned char>(text[0]);
      if (c == '"' || c == '\\') out += '\\';
      out += c < 0x20 || c == 0x7f ? ' ' : text[0];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

void append_json_message(std::string& out, std::string_view message) {
  constexpr std::size_t kMaxFields = 24;
  out += "\"msg\":";
  append_json_string(out, message);
  std::array<std::string_view, kMaxFields> seen{"ts", "level", "msg"};
  std::size_t count = 3;
  for (auto field = next_field(message); !field.name.empty() && count < kMaxFields;
       field = next_field(message)) {
    if (std::find(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(count), field.name) !=
        seen.begin() + static_cast<std::ptrdiff_t>(count)) {
      continue;
    }
    seen[count++] = field.name;
    const bool is_number = names_a_number(field.name) && is_whole_number(field.value);
    out.append(",\"").append(field.name).append("\":");
    if (is_number) {
      out += field.value;
    } else {
      append_json_string(out, field.value);
    }
  }
}

}  // namespace freellm::log
