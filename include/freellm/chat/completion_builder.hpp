#pragma once
// CompletionBuilder: deltas in, one OpenAI chat.completion body out.
//
// Expects deltas as the normaliser leaves them. One per answer, one thread. Memory grows with the
// answer: the caller bounds it by size().

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/chunk_writer.hpp"
#include "freellm/chat/delta.hpp"

namespace freellm::chat {

class CompletionBuilder final : public DeltaSink {
 public:
  /// `platform` and identity.model also make "_routed_via".
  CompletionBuilder(ChunkIdentity identity, std::string platform);

  void on_delta(const Delta& delta) override;
  /// Bytes of answer text collected so far.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The body. Call once, after the last delta.
  [[nodiscard]] std::string body() const;

 private:
  struct Call {
    std::uint32_t index = 0;
    std::string id, name, arguments;  ///< escaped JSON text
  };
  struct Choice {
    std::uint32_t index = 0;
    std::string content, reasoning, refusal;         ///< escaped JSON text
    std::string logprobs_content, logprobs_refusal;  ///< joined array elements, raw JSON
    bool has_logprobs = false;
    FinishReason finish = FinishReason::none;
    std::vector<Call> calls;
  };

  Choice& choice(std::uint32_t index);
  void add_tool_calls(Choice& choice, const Delta& delta);
  static void append_choice(std::string& out, const Choice& choice);
  static void append_message(std::string& out, const Choice& choice);
  static void append_calls(std::string& out, const std::vector<Call>& calls);

  ChunkIdentity identity_;
  std::string platform_;
  std::vector<Choice> choices_;
  Usage usage_;
  bool has_usage_ = false;
  std::size_t size_ = 0;
};

}  // namespace freellm::chat
