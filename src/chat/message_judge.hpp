// HistoryJudge: what a message, and its place behind the others, means for the request: refused, or
// a trait that some platforms need to know of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chat/parse_content.hpp"
#include "chat/parse_context.hpp"

namespace freellm::chat {

/// What was read of one message, before anything is concluded from it.
struct MessageFacts {
  std::int64_t index = 0;
  MessageRole role = MessageRole::unknown;
  bool has_role = false;
  bool has_calls = false;
  bool has_legacy_call = false;
  ContentFacts content;
  wire::JsonText tool_call_id;
};

/// Sees the messages of one request in their order. Refusals and traits go to the context.
class HistoryJudge {
 public:
  explicit HistoryJudge(ParseContext& context) : context_(context) {}

  /// `call_ids`: of the message's own tool calls.
  void judge(const MessageFacts& message, std::span<const wire::JsonText> call_ids);
  /// Behind the last message: are there calls that nobody answered?
  void finish();

 private:
  MessageTraits& traits() { return context_.request.traits; }

  void judge_content(const MessageFacts& message);
  void judge_order(const MessageFacts& message, std::span<const wire::JsonText> call_ids);
  void judge_result(const MessageFacts& message);

  ParseContext& context_;
  std::vector<wire::JsonText> open_calls_;  ///< of the last assistant turn, still without a result
  std::int64_t unanswered_ = 0;             ///< calls minus results over the whole history
};

}  // namespace freellm::chat
