#pragma once
// What counting the bytes of a text finds (token_estimate.cpp).

#include <cstdint>

namespace freellm::chat {

/// No initialisers: a constructor would be shared between code for different processors.
struct ByteCounts {
  std::int64_t high;          ///< bytes of non-ASCII sequences
  std::int64_t continuation;  ///< those that are not the first of their sequence
  std::int64_t backslash;
  std::int64_t unicode_escape;  ///< backslash followed by u
};

/// What counting looks for. Less is quicker: most text has no \u, and nothing but JSON has escapes.
enum class Look : std::uint8_t { plain, escapes, unicode_escapes };

}  // namespace freellm::chat
