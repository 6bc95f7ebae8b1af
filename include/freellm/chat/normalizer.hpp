#pragma once
// StreamNormalizer: stands between a decoder and a writer and makes every provider's deltas look
// like OpenAI's.
//
// One per attempt, fed on one thread. Keeps no more than what could still turn out to be a marker,
// plus the arguments of calls that may need repair. A plain content delta passes through without an
// allocation.

#include <cstdint>
#include <memory>
#include <optional>

#include "freellm/base/random.hpp"
#include "freellm/chat/delta.hpp"
#include "freellm/chat/tool_schemas.hpp"

namespace freellm::chat {

struct NormalizerOptions {
  const ToolSchemas* tools = nullptr;  ///< declared tools; null = none. Must outlive the normaliser
  bool extract_think = true;  ///< move a leading <think>…</think> of the content to reasoning
  bool rescue_tool_calls =
      true;  ///< turn calls written as text into calls, for declared tools only
  std::int64_t prompt_tokens = 0;  ///< estimate, for a usage made up when the upstream reports none
};

/// What it guarantees to `out`: tool-call fragments carry index, and id and name exactly once, at
/// the first fragment of their call; arguments are never "" or "null" in sum; one finish reason per
/// choice, after all its content, tool_calls when calls were made; one usage, in the last delta.
class StreamNormalizer final : public DeltaSink {
 public:
  /// `random` makes missing tool-call ids. Both references must outlive this.
  StreamNormalizer(DeltaSink& out, const NormalizerOptions& options, Random& random);
  StreamNormalizer(const StreamNormalizer&) = delete;
  StreamNormalizer& operator=(const StreamNormalizer&) = delete;
  ~StreamNormalizer() override;

  void on_delta(const Delta& delta) override;
  /// The answer has ended: hands over what was held back, then finish reasons and usage. Call once,
  /// and only for an answer that is to be ended properly; without it a broken answer stays open.
  void finish();

  /// Something a client would see has been handed to `out`: the answer is committed to.
  [[nodiscard]] bool has_payload() const;
  /// Content, a refusal or a tool call has been handed over; reasoning alone is no answer. False
  /// after finish() = a dead turn.
  [[nodiscard]] bool has_answer() const;
  [[nodiscard]] bool saw_tool_calls() const;
  /// What the upstream reported last, or (after finish()) our estimate; nullopt before either.
  [[nodiscard]] std::optional<Usage> usage() const;
  /// The finish reason of choice 0 as known now.
  [[nodiscard]] FinishReason finish_reason() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace freellm::chat
