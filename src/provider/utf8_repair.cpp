#include "provider/utf8_repair.hpp"

#include <cstdint>

namespace freellm::provider {

namespace {

bool in_range(unsigned char c, unsigned low, unsigned high) { return c >= low && c <= high; }

/// Length of the well-formed sequence at the front of `text` (Unicode 15, table 3-7), or 0.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  std::size_t length = in_range(lead, 0xc2, 0xdf)   ? 2
                       : in_range(lead, 0xe0, 0xef) ? 3
                       : in_range(lead, 0xf0, 0xf4) ? 4
                                                    : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (!in_range(at(1), low, high)) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!in_range(at(i), 0x80, 0xbf)) return 0;
  }
  return length;
}

}  // namespace

bool repair_utf8(std::string_view bytes, std::string& out) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  out.clear();
  bool repaired = false;
  while (!bytes.empty()) {
    const auto length = sequence_length(bytes);
    if (length == 0) {
      repaired = true;
      out += kReplacement;
      bytes.remove_prefix(1);
      continue;
    }
    out.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return repaired;
}

}  // namespace freellm::provider
