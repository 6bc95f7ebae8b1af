// Tool calls and their results: ids, order, and the turns around them.

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "chat/canonical_steps.hpp"

namespace freellm::chat {
namespace {

/// Results are looked for among the latest calls only, so that a hostile history stays cheap.
constexpr std::size_t kMaxOpenCalls = 512;

/// A call that waits for its result, under the id the client used and the one it has now.
struct OpenCall {
  std::string sent_id;
  std::string id;
};

void take(std::deque<OpenCall>& open, std::deque<OpenCall>::iterator call, Messages& result) {
  result["tool_call_id"] = call->id;
  open.erase(call);
}

void pair_result(std::deque<OpenCall>& open, Messages& result) {
  const std::string sent{text_member(result, "tool_call_id")};
  if (sent.empty()) {
    if (!open.empty()) take(open, open.begin(), result);
    return;
  }
  const auto call = std::find_if(open.begin(), open.end(),
                                 [&](const OpenCall& one) { return one.sent_id == sent; });
  if (call != open.end()) take(open, call, result);
}

void pair_calls(Messages& calls, std::deque<OpenCall>& open, std::set<std::string>& used,
                std::size_t& made) {
  for (auto& call : calls) {
    OpenCall one{.sent_id = std::string{text_member(call, "id")}, .id = {}};
    one.id = one.sent_id;
    // Made up from the position, so that the same history always gets the same ids.
    while (one.id.empty() || !used.insert(one.id).second) {
      one.id = "call_" + std::to_string(made++);
    }
    call["id"] = one.id;
    open.push_back(std::move(one));
    if (open.size() > kMaxOpenCalls) open.pop_front();
  }
}

using ResultIndex = std::map<std::string, std::size_t, std::less<>>;

/// Where the first result of each id stands.
ResultIndex index_results(const Messages& messages) {
  ResultIndex index;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (has_role(messages[i], "tool")) index.emplace(text_member(messages[i], "tool_call_id"), i);
  }
  return index;
}

bool is_taken(const Messages& message) { return message.is_null(); }

/// What a result without a call becomes: its text is still worth knowing.
Messages as_user_turn(const Messages& result) {
  return {{"role", "user"}, {"content", "Tool result: " + content_text(result.at("content"))}};
}

Messages empty_result(const std::string& id) {
  return {{"role", "tool"}, {"tool_call_id", id}, {"content", ""}};
}

void append_with_results(Messages& out, Messages& messages, const ResultIndex& index, Messages turn,
                         bool last) {
  Messages results = Messages::array();
  for (const auto& call : turn["tool_calls"]) {
    const std::string id{text_member(call, "id")};
    const auto result = index.find(id);
    if (result != index.end() && !is_taken(messages[result->second])) {
      results.push_back(std::exchange(messages[result->second], nullptr));
    } else if (!last) {
      results.push_back(empty_result(id));
    }
  }
  out.push_back(std::move(turn));
  for (auto& result : results) out.push_back(std::move(result));
}

}  // namespace

void pair_tool_calls(Messages& messages) {
  std::deque<OpenCall> open;
  std::set<std::string> used;
  std::size_t made = 0;
  for (auto& message : messages) {
    if (has_tool_calls(message)) pair_calls(message["tool_calls"], open, used, made);
    if (has_role(message, "tool")) pair_result(open, message);
  }
}

void order_tool_results(Messages& messages) {
  const ResultIndex index = index_results(messages);
  Messages out = Messages::array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (is_taken(messages[i])) continue;
    Messages message = std::exchange(messages[i], nullptr);
    if (has_tool_calls(message)) {
      const bool last = i + 1 == messages.size();
      append_with_results(out, messages, index, std::move(message), last);
    } else if (has_role(message, "tool")) {
      out.push_back(as_user_turn(message));
    } else {
      out.push_back(std::move(message));
    }
  }
  messages = std::move(out);
}

void drop_empty_assistant_turns(Messages& messages) {
  Messages out = Messages::array();
  for (auto& message : messages) {
    const bool empty = has_role(message, "assistant") && !has_tool_calls(message) &&
                       (message.at("content").is_null() || message.at("content") == "");
    if (!empty) out.push_back(std::move(message));
  }
  messages = std::move(out);
}

void merge_system_messages(Messages& messages) {
  Messages out = Messages::array();
  std::string text;
  bool any = false;
  for (auto& message : messages) {
    if (!has_role(message, "system") && !has_role(message, "developer")) {
      out.push_back(std::move(message));
      continue;
    }
    const std::string piece = content_text(message.at("content"));
    if (!text.empty() && !piece.empty()) text += "\n\n";
    text += piece;
    any = true;
  }
  if (any) out.insert(out.begin(), Messages{{"role", "system"}, {"content", text}});
  messages = std::move(out);
}

void separate_results_from_users(Messages& messages) {
  Messages out = Messages::array();
  for (auto& message : messages) {
    const bool collides = !out.empty() && has_role(out.back(), "tool") && has_role(message, "user");
    if (collides) out.push_back({{"role", "assistant"}, {"content", "Understood."}});
    out.push_back(std::move(message));
  }
  messages = std::move(out);
}

void shorten_tool_ids(Messages& messages) {
  for (auto& message : messages) {
    if (message.contains("tool_call_id")) {
      message["tool_call_id"] = nine_character_id(text_member(message, "tool_call_id"));
    }
    if (!has_tool_calls(message)) continue;
    for (auto& call : message["tool_calls"])
      call["id"] = nine_character_id(text_member(call, "id"));
  }
}

void name_tool_results(Messages& messages) {
  std::map<std::string, std::string, std::less<>> names;
  for (auto& message : messages) {
    if (has_tool_calls(message)) {
      for (const auto& call : message["tool_calls"]) {
        if (!call.contains("function")) continue;
        names.insert_or_assign(std::string{text_member(call, "id")},
                               std::string{text_member(call["function"], "name")});
      }
    }
    if (!has_role(message, "tool")) continue;
    const auto name = names.find(text_member(message, "tool_call_id"));
    if (name != names.end()) message["name"] = name->second;
  }
}

}  // namespace freellm::chat
