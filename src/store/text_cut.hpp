#pragma once
// Texts from outside are cut before they are stored. Private to the store.

#include <cstddef>
#include <string_view>

namespace freellm::store {

inline constexpr std::size_t kMaxMessageBytes = 500;

/// At most `max_bytes`, and not through the middle of a character: a continuation byte cannot be
/// the first one left out.
inline std::string_view cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0U) == 0x80U)
    --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace freellm::store
