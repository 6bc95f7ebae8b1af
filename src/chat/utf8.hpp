#pragma once
// UTF-8 checks and cuts. Pure.

#include <cstddef>
#include <string_view>

namespace freellm::chat {

[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// Length of the valid UTF-8 sequence at the front of `text`; 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text);

/// Offset of the first byte that is not valid UTF-8; text.size() when all of it is. For error
/// messages.
[[nodiscard]] std::size_t first_invalid_utf8(std::string_view text);

}  // namespace freellm::chat
