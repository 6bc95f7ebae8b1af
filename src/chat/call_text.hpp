#pragma once
// The dialects in which models write tool calls into their text, as pure functions over plain text.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/tool_schemas.hpp"

namespace freellm::chat {

struct WrittenCall {
  std::string name;
  std::string arguments;  ///< a JSON object
};

enum class CallDialect : std::uint8_t {
  none,
  undecided,  ///< could still become any
  tag,        ///< <tool_call>{…}</tool_call>
  function,   ///< <function=NAME{…}</function>, with or without >
  tokens,  ///< <|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}<|tool_call_end|>
  token_section,  ///< several of those between <|tool_calls_section_begin|> and …_end|>
  fence,          ///< ```json {"name":…,"arguments":…} ```
  bare,           ///< the object by itself, as the whole answer
};

enum class Place : std::uint8_t { answer_start, later };

/// What the text at hand, which starts with a possible marker, is or may become.
[[nodiscard]] CallDialect recognise(std::string_view text, Place place, const ToolSchemas& tools);

/// What ends a dialect's text; empty for bare.
[[nodiscard]] std::string_view terminator(CallDialect dialect);

/// Bytes of the marker that opens it; 0 for bare.
[[nodiscard]] std::size_t opening_length(CallDialect dialect);

/// The calls in a complete text (terminator included or cut off). Empty unless every one of them
/// names a declared tool and has an object for arguments.
[[nodiscard]] std::vector<WrittenCall> read_calls(CallDialect dialect, std::string_view text,
                                                  const ToolSchemas& tools);

}  // namespace freellm::chat
