#pragma once
// Message content: a string, null, or an array of parts.

#include <cstdint>
#include <optional>

#include "chat/parse_context.hpp"

namespace freellm::chat {

enum class MessageRole : std::uint8_t {
  unknown,
  system,
  developer,
  user,
  assistant,
  tool,
  function
};

struct ContentFacts {
  JsonKind kind = JsonKind::nothing;  ///< nothing = absent
  bool has_substance = false;         ///< some text that is not empty, or another kind of part
  std::int64_t parts = 0;
  std::string_view raw;                      ///< the raw value
  std::optional<std::int64_t> strange_part;  ///< first part whose type OpenAI does not know
  wire::JsonText strange_type;
};

/// Reads the value of `content`, counting its tokens and filling the traits that do not depend on
/// the role.
[[nodiscard]] ContentFacts parse_content(ParseContext& context);

}  // namespace freellm::chat
