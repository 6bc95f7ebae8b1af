#pragma once
// Delta: one step of an answer, the same for every provider, streamed or not.
//
// Decoders produce deltas, the normaliser puts them in order, the chunk writer or the completion
// builder turns them into OpenAI bytes. A delta only borrows: its views are valid during the call
// that hands it over.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "freellm/chat/usage.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::chat {

using wire::JsonText;

enum class FinishReason : std::uint8_t { none, stop, length, tool_calls, content_filter };

/// The wire name ("tool_calls"); empty for none.
[[nodiscard]] std::string_view to_string(FinishReason reason);

/// A piece of a tool call. Neither id nor index can be trusted as received; the normaliser sorts
/// them out. All text is escaped JSON. `arguments` is a fragment of the arguments string (the JSON
/// document *inside* the string, escaped once more), appended per call.
struct ToolCallFragment {
  std::optional<std::uint32_t> index;  ///< as sent; nullopt when the provider sends none
  JsonText id;
  JsonText name;
  JsonText arguments;
};

struct Delta {
  std::uint32_t choice = 0;  ///< index of the choice (n > 1)
  JsonText content;
  JsonText reasoning;
  JsonText refusal;
  std::span<const ToolCallFragment> tool_calls;
  FinishReason finish = FinishReason::none;
  std::string_view logprobs;     ///< raw JSON value; empty = none
  const Usage* usage = nullptr;  ///< cumulative; the last one counts

  /// True when the client would see something of it: content, reasoning, refusal or a tool call.
  [[nodiscard]] bool has_payload() const {
    return !content.empty() || !reasoning.empty() || !refusal.empty() || !tool_calls.empty();
  }
};

/// Receives deltas in order. Called synchronously by the decoder that feeds it.
class DeltaSink {
 public:
  virtual ~DeltaSink() = default;
  virtual void on_delta(const Delta& delta) = 0;
};

}  // namespace freellm::chat
