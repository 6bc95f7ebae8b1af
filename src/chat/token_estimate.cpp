#include "freellm/chat/token_estimate.hpp"

#include <algorithm>
#include <cstdint>

#include "chat/block_scan.hpp"
#include "chat/wide_scan.hpp"

namespace freellm::chat {
namespace {

void count_one(ByteCounts& counts, char byte, char next) {
  const auto value = static_cast<signed char>(byte);
  counts.high += value < 0 ? 1 : 0;
  counts.continuation += value < -64 ? 1 : 0;
  counts.backslash += byte == '\\' ? 1 : 0;
  counts.unicode_escape += byte == '\\' && next == 'u' ? 1 : 0;
}

template <Look look>
ByteCounts count_bytes(std::string_view text) {
  ByteCounts counts{};
#if defined(FREELLM_WIDE_SCAN)
  const char* at = kHasWideScan ? wide_count(look, counts, text.data(), text.size())
                                : count_by_blocks<look>(counts, text.data(), text.size());
#else
  const char* at = count_by_blocks<look>(counts, text.data(), text.size());
#endif
  const char* const end = text.data() + text.size();
  for (; at != end; ++at) count_one(counts, *at, at + 1 != end ? at[1] : '\0');
  return counts;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code unit of the four hex digits in front, or -1.
int code_unit(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int value = hex_value(digits[i]);
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

TextCount count_with_unicode_escapes(std::string_view json) {
  TextCount count;
  std::size_t at = 0;
  while (at < json.size()) {
    const std::size_t slash = std::min(json.find('\\', at), json.size());
    count += count_text(json.substr(at, slash - at));
    if (slash + 1 >= json.size()) break;
    const int unit = json[slash + 1] == 'u' ? code_unit(json.substr(slash + 2)) : -1;
    at = slash + (unit >= 0 ? 6 : 2);
    const bool low_surrogate = unit >= 0xDC00 && unit <= 0xDFFF;  // counted with its high half
    if (low_surrogate) continue;
    (unit >= 0x80 ? count.wide : count.ascii) += 1;
  }
  return count;
}

}  // namespace

TextCount count_text(std::string_view text) {
  const ByteCounts counts = count_bytes<Look::plain>(text);
  return {.ascii = static_cast<std::int64_t>(text.size()) - counts.high,
          .wide = counts.high - counts.continuation};
}

TextCount count_json_text(std::string_view json, bool may_hold_unicode_escapes) {
  const ByteCounts counts = may_hold_unicode_escapes ? count_bytes<Look::unicode_escapes>(json)
                                                     : count_bytes<Look::escapes>(json);
  if (may_hold_unicode_escapes && counts.unicode_escape > 0)
    return count_with_unicode_escapes(json);
  // Every backslash is taken for the start of an escape; an escaped backslash is thus counted as
  // nothing, a quarter token each.
  return {.ascii = static_cast<std::int64_t>(json.size()) - counts.high - counts.backslash,
          .wide = counts.high - counts.continuation};
}

std::int64_t output_allowance(std::int64_t max_tokens) {
  constexpr std::int64_t kDefault = 1000;
  constexpr std::int64_t kMost = 2000;
  return std::min(max_tokens > 0 ? max_tokens : kDefault, kMost);
}

}  // namespace freellm::chat
