#pragma once
// Looking for ASCII markers in escaped JSON text without unescaping all of it. Pure.

#include <cstddef>
#include <string_view>

#include "freellm/wire/json_text.hpp"

namespace freellm::chat {

/// One character as it stands in escaped text.
struct EscapedUnit {
  int value = -1;          ///< the ASCII character it means, -1 for anything else
  std::size_t length = 1;  ///< bytes it takes
};

/// The unit at `at` (< text.size()).
[[nodiscard]] EscapedUnit unit_at(wire::JsonText text, std::size_t at);

/// Offset of the first unit that means one of `wanted` (ASCII), or npos. Plain text without
/// backslashes and without those characters costs two or three memchr.
[[nodiscard]] std::size_t find_ascii(wire::JsonText text, std::string_view wanted);

/// Length of the white space (units meaning space, tab, CR, LF) at the front.
[[nodiscard]] std::size_t leading_space(wire::JsonText text);

/// Bytes at the end of `text` that are the first half of a surrogate pair (\ud83d), 6 or 0: it must
/// not be sent without its second half.
[[nodiscard]] std::size_t split_surrogate(wire::JsonText text);

/// Follows a JSON document that arrives as escaped text, to know when its outermost bracket has
/// closed.
class EscapedJsonEnd {
 public:
  void feed(wire::JsonText text);
  /// The same for a document that is not escaped.
  void feed_plain(char c) { step(c); }
  /// An object or array was opened and closed again.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] bool in_string() const { return in_string_; }
  /// The first character that is no space; 0 before there was one.
  [[nodiscard]] char first() const { return first_; }

 private:
  void step(char c);
  int depth_ = 0;
  char first_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool complete_ = false;
};

}  // namespace freellm::chat
