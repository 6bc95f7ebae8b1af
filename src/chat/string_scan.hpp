#pragma once
// Finding where a JSON string needs a closer look. Pure; reads only the bytes it is given.

namespace freellm::chat {

/// The first quote, backslash or control character at or after `at`. There must be one, and 15
/// readable bytes behind it.
[[nodiscard]] char* find_special(char* at);

/// Goes over the inside of a string 64 bytes at once, past the escapes that prose is full of (a
/// quote, a backslash, a line feed), and returns the first byte that wants a closer look: the
/// closing quote, a control character, the backslash of any other escape, or one of the last 64
/// bytes before `end`. `at` must not be the second byte of an escape, and what is returned never
/// is.
[[nodiscard]] char* skip_prose(char* at, const char* end);

}  // namespace freellm::chat
