#include "chat/message_judge.hpp"

#include <algorithm>

namespace freellm::chat {

void HistoryJudge::judge(const MessageFacts& message, std::span<const wire::JsonText> call_ids) {
  judge_content(message);
  if (!context_.ok()) return;
  switch (message.role) {
    case MessageRole::developer:
      traits().developer_role = true;
      [[fallthrough]];
    case MessageRole::system:
      if (message.index > 0) traits().system_not_first = true;
      break;
    case MessageRole::user:
      if (context_.request.first_user_message.empty()) {
        context_.request.first_user_message = message.content.raw;
      }
      break;
    case MessageRole::assistant:
      traits().assistant_turn = true;
      break;
    case MessageRole::function:
      traits().function_role = true;
      [[fallthrough]];
    case MessageRole::tool:
      traits().tool_history = true;
      break;
    case MessageRole::unknown:
      break;
  }
  judge_order(message, call_ids);
}

void HistoryJudge::judge_content(const MessageFacts& message) {
  const ContentFacts& content = message.content;
  const bool absent = content.kind == JsonKind::nothing || content.kind == JsonKind::null;
  const bool speaks = message.role == MessageRole::user || message.role == MessageRole::system ||
                      message.role == MessageRole::developer;
  if (absent) traits().null_content = true;
  const bool is_result = message.role == MessageRole::tool || message.role == MessageRole::function;
  if (absent && is_result) traits().irregular_tool_calls = true;  // a result must say something
  if (speaks && content.kind == JsonKind::nothing) return context_.refuse_missing("content");
  const PathStep step{context_, "content"};
  if (speaks && absent) {
    return context_.refuse_type("a string or an array of content parts", content.kind);
  }
  const bool is_empty_array = content.kind == JsonKind::array && content.parts == 0;
  if (is_empty_array) traits().irregular_parts = true;  // tools that say nothing answer so
  if (speaks && is_empty_array) {
    return context_.refuse(
        "Invalid 'content': empty array. Expected an array with minimum length 1.");
  }
  if (message.role == MessageRole::assistant && !content.has_substance && !message.has_calls &&
      !message.has_legacy_call) {
    traits().empty_assistant = true;
  }
  if (speaks && content.strange_part) {
    const PathStep part{context_, *content.strange_part};
    const PathStep type{context_, "type"};
    context_.refuse_value(content.strange_type, {"text", "image_url", "input_audio", "file"});
  }
}

void HistoryJudge::judge_order(const MessageFacts& message,
                               std::span<const wire::JsonText> call_ids) {
  const bool is_result = message.role == MessageRole::tool || message.role == MessageRole::function;
  traits().ends_with_tool_result = is_result;
  if (message.role == MessageRole::tool) return judge_result(message);
  if (message.role == MessageRole::function) return;
  if (!open_calls_.empty()) traits().irregular_tool_calls = true;
  open_calls_.assign(call_ids.begin(), call_ids.end());
  unanswered_ += static_cast<std::int64_t>(call_ids.size());
}

void HistoryJudge::judge_result(const MessageFacts& message) {
  const bool named = !message.tool_call_id.empty();
  if (!named && unanswered_ == 0) return context_.refuse_missing("tool_call_id");
  const auto call = named ? std::find(open_calls_.begin(), open_calls_.end(), message.tool_call_id)
                          : open_calls_.begin();
  if (!named || call == open_calls_.end()) traits().irregular_tool_calls = true;
  if (call != open_calls_.end()) open_calls_.erase(call);
  if (unanswered_ > 0) --unanswered_;
}

void HistoryJudge::finish() {
  if (!open_calls_.empty()) traits().irregular_tool_calls = true;
}

}  // namespace freellm::chat
