#pragma once
// ChunkWriter: deltas in, OpenAI chat.completion.chunk events out, as bytes appended to a string.
//
// Expects deltas as the normaliser leaves them. The constant parts of a chunk are built once, so a
// content chunk is a few copies into the caller's buffer. One per answer, one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/random.hpp"
#include "freellm/chat/delta.hpp"

namespace freellm::chat {

/// What all chunks of one answer share. All plain text.
struct ChunkIdentity {
  std::string id;            ///< "chatcmpl-…"
  std::int64_t created = 0;  ///< seconds since the epoch
  std::string model;         ///< upstream id that serves
};

/// "chatcmpl-" and 24 random alphanumerics.
[[nodiscard]] std::string new_completion_id(Random& random);

enum class UsageChunk : std::uint8_t { omit, include };

class ChunkWriter final : public DeltaSink {
 public:
  /// `usage` as the client asked by stream_options.include_usage.
  ChunkWriter(const ChunkIdentity& identity, UsageChunk usage);

  /// Where bytes go from now on; must outlive the calls that follow. Call before the first delta,
  /// and again whenever the buffer changes.
  void write_to(std::string& out) { out_ = &out; }

  /// Appends zero or more events. The role chunk of a choice goes out together with its first other
  /// chunk.
  void on_delta(const Delta& delta) override;
  /// Ends the answer: missing finish chunks, the usage chunk when asked for, and data: [DONE].
  void finish();

  /// True once anything was written.
  [[nodiscard]] bool started() const { return !choices_.empty(); }

 private:
  struct ChoiceState {
    std::uint32_t index = 0;
    bool finished = false;
  };

  ChoiceState& open_choice(std::uint32_t index);
  void begin_chunk(std::uint32_t choice);
  void end_chunk(FinishReason finish, std::string_view logprobs);
  void write_payload(const Delta& delta);
  void write_tool_calls(const Delta& delta);
  void write_usage_chunk();

  std::string prefix_;          ///< up to and including "choices":[
  std::string content_prefix_;  ///< a chunk of choice 0 up to its content's opening quote
  std::string content_suffix_;  ///< and from the closing quote
  std::string_view tail_;       ///< closes choice and chunk
  UsageChunk usage_mode_;
  Usage usage_;
  bool has_usage_ = false;
  std::vector<ChoiceState> choices_;
  std::string* out_ = nullptr;
};

}  // namespace freellm::chat
