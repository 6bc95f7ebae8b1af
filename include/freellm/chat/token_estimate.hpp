#pragma once
// Token estimates for booking quota before an upstream has counted.
//
// ASCII counts a quarter token per character and any other code point one token, which holds for
// CJK and errs on the safe side for European languages. Pure and thread-safe.

#include <cstdint>
#include <string_view>

namespace freellm::chat {

/// What Gemini books for one image tile; the base64 length of an image says nothing about its
/// tokens.
inline constexpr std::int64_t kTokensPerImage = 258;
/// Role, separators and end marker around each message (OpenAI cookbook).
inline constexpr std::int64_t kTokensPerMessage = 4;

struct TextCount {
  std::int64_t ascii = 0;  ///< ASCII characters
  std::int64_t wide = 0;   ///< other code points
  TextCount& operator+=(const TextCount& other) {
    ascii += other.ascii;
    wide += other.wide;
    return *this;
  }
  /// Rounded up.
  [[nodiscard]] std::int64_t tokens() const { return (ascii + 3) / 4 + wide; }
};

/// Counts UTF-8 text. Bytes that are no valid UTF-8 count as something, never as an error.
[[nodiscard]] TextCount count_text(std::string_view text);

/// Counts JSON text (the inside of a string, or a whole JSON value): an escape such as \n or \u4e2d
/// is one character, a surrogate pair one code point. Who knows that no \u is in it can spare the
/// search.
[[nodiscard]] TextCount count_json_text(std::string_view json,
                                        bool may_hold_unicode_escapes = true);

/// What to book for the answer: min(max_tokens or 1000, 2000), so that a huge max_tokens still
/// routes.
[[nodiscard]] std::int64_t output_allowance(std::int64_t max_tokens);

}  // namespace freellm::chat
