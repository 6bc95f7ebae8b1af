#include "freellm/wire/json_text.hpp"

#include <simdjson.h>

#include <cstring>
#include <optional>

#include "wire/byte_scan.hpp"

namespace freellm::wire {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_escape(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4U];
      out += kHex[c & 15U];
  }
}

void append_escaped_valid(std::string& out, std::string_view plain) {
  const char* p = plain.data();
  const char* const end = p + plain.size();
  while (p != end) {
    const char* special = detail::find_json_special(p, end);
    out.append(p, special);
    if (special == end) return;
    append_escape(out, static_cast<unsigned char>(*special));
    p = special + 1;
  }
}

/// Replaces every byte that does not begin a well-formed sequence.
std::string with_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + 16);
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p != end) {
    const auto size = detail::utf8_sequence(p, end);
    if (size == 0) {
      out += kReplacement;
      ++p;
    } else {
      out.append(p, size);
      p += size;
    }
  }
  return out;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | (code >> 6U));
    put(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    put(0xe0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3fU));
    put(0x80U | (code & 0x3fU));
  } else {
    put(0xf0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3fU));
    put(0x80U | ((code >> 6U) & 0x3fU));
    put(0x80U | (code & 0x3fU));
  }
}

std::optional<unsigned> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, 4)) {
    const auto digit = c >= '0' && c <= '9'   ? c - '0'
                       : c >= 'a' && c <= 'f' ? c - 'a' + 10
                       : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                              : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return value;
}

/// `text` begins behind "\u". Appends what it stands for and returns how many bytes of it were
/// used.
std::size_t append_unicode_escape(std::string& out, std::string_view text) {
  const auto code = hex4(text);
  if (!code) {
    out += kReplacement;
    return 0;
  }
  const bool is_high = *code >= 0xd800 && *code <= 0xdbff;
  const bool is_surrogate = *code >= 0xd800 && *code <= 0xdfff;
  if (is_high && text.substr(4, 2) == "\\u") {
    const auto low = hex4(text.substr(6));
    if (low && *low >= 0xdc00 && *low <= 0xdfff) {
      append_utf8(out, 0x10000 + ((*code - 0xd800) << 10U) + (*low - 0xdc00));
      return 10;
    }
  }
  if (is_surrogate) {
    out += kReplacement;
  } else {
    append_utf8(out, *code);
  }
  return 4;
}

/// `text` begins behind the backslash and is not empty.
std::size_t append_unescaped(std::string& out, std::string_view text) {
  switch (text[0]) {
    case 'n':
      out += '\n';
      return 1;
    case 'r':
      out += '\r';
      return 1;
    case 't':
      out += '\t';
      return 1;
    case 'b':
      out += '\b';
      return 1;
    case 'f':
      out += '\f';
      return 1;
    case 'u':
      return 1 + append_unicode_escape(out, text.substr(1));
    default:
      out += text[0];
      return 1;
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view plain) {
  if (simdjson::validate_utf8(plain.data(), plain.size())) {
    append_escaped_valid(out, plain);
  } else {
    append_escaped_valid(out, with_valid_utf8(plain));
  }
}

std::string escaped(std::string_view plain) {
  std::string out;
  out.reserve(plain.size() + plain.size() / 16);
  append_escaped(out, plain);
  return out;
}

bool is_valid_json_text(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  for (;;) {
    p = detail::find_json_special(p, end);
    if (p == end) return simdjson::validate_utf8(text.data(), text.size());
    if (*p != '\\' || end - p < 2) return false;
    if (p[1] == 'u') {
      if (!hex4({p + 2, static_cast<std::size_t>(end - p - 2)})) return false;
      p += 6;
    } else {
      if (std::string_view{"\"\\/bfnrt"}.find(p[1]) == std::string_view::npos) return false;
      p += 2;
    }
  }
}

std::string unescaped(JsonText text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto backslash = text.find('\\');
    out += text.substr(0, backslash);
    if (backslash == std::string_view::npos || backslash + 1 == text.size()) break;
    text.remove_prefix(backslash + 1);
    text.remove_prefix(append_unescaped(out, text));
  }
  return out;
}

}  // namespace freellm::wire
