#pragma once
// What the chat tests share: parsing with one line, and a sink that writes down what it gets.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/delta.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::chat::testing {

inline Result<ChatRequest> parse(std::string_view json) {
  return parse_chat_request(PaddedBuffer::copy_of(json));
}

/// A request whose messages array is `messages`.
inline Result<ChatRequest> parse_messages_json(std::string_view messages) {
  return parse(R"({"model":"auto","messages":)" + std::string{messages} + "}");
}

/// A request with one user message and `member` (`"name":value`) beside it.
inline Result<ChatRequest> parse_with(std::string_view member) {
  return parse(R"({"model":"auto","messages":[{"role":"user","content":"hi"}],)" +
               std::string{member} + "}");
}

struct RecordedCall {
  std::string id, name, arguments;
  int openings = 0;  ///< fragments that carried an id
  bool operator==(const RecordedCall&) const = default;
};

struct RecordedChoice {
  std::string content, reasoning, refusal;
  std::map<std::uint32_t, RecordedCall> calls;
  std::vector<FinishReason> finishes;
  bool payload_after_finish = false;
  bool operator==(const RecordedChoice&) const = default;
};

/// Puts deltas together, unescaped.
class RecordingSink final : public DeltaSink {
 public:
  void on_delta(const Delta& delta) override {
    ++deltas;
    if (delta.usage != nullptr) usages.push_back(*delta.usage);
    const bool about_choice = delta.has_payload() || delta.finish != FinishReason::none;
    if (!about_choice) return;
    RecordedChoice& choice = choices[delta.choice];
    choice.payload_after_finish |= !choice.finishes.empty() && delta.has_payload();
    choice.content += wire::unescaped(delta.content);
    choice.reasoning += wire::unescaped(delta.reasoning);
    choice.refusal += wire::unescaped(delta.refusal);
    for (const auto& fragment : delta.tool_calls) {
      RecordedCall& call = choice.calls[fragment.index.value_or(999)];
      if (!fragment.id.empty()) ++call.openings;
      call.id += wire::unescaped(fragment.id);
      call.name += wire::unescaped(fragment.name);
      call.arguments += wire::unescaped(fragment.arguments);
    }
    if (delta.finish != FinishReason::none) choice.finishes.push_back(delta.finish);
  }

  [[nodiscard]] const RecordedChoice& first() { return choices[0]; }

  std::map<std::uint32_t, RecordedChoice> choices;
  std::vector<Usage> usages;
  int deltas = 0;
};

}  // namespace freellm::chat::testing
