// The messages array: roles, content by role, tool calls and their results.

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/message_judge.hpp"
#include "chat/parse_content.hpp"
#include "chat/parse_context.hpp"

namespace freellm::chat {
namespace {

/// Calls whose ids are remembered. More in one message are left to the repair of histories.
constexpr std::size_t kMaxTrackedCalls = 512;

struct CallFacts {
  wire::JsonText id;
  bool function_type = true;
  bool has_function = false;
};

constexpr std::array<std::pair<std::string_view, MessageRole>, 6> kRoles{{
    {"user", MessageRole::user},
    {"assistant", MessageRole::assistant},
    {"tool", MessageRole::tool},
    {"system", MessageRole::system},
    {"developer", MessageRole::developer},
    {"function", MessageRole::function},
}};

class MessagesParser {
 public:
  explicit MessagesParser(ParseContext& context) : context_(context) {}

  void run() {
    if (!context_.expect(JsonKind::array)) return;
    context_.json.elements([this] {
      const PathStep step{context_, index_};
      parse_message();
      ++index_;
    });
    if (context_.ok() && index_ == 0) {
      context_.refuse("Invalid 'messages': empty array. Expected an array with minimum length 1.");
    }
    judge_.finish();
  }

 private:
  MessageTraits& traits() { return context_.request.traits; }
  JsonReader& json() { return context_.json; }

  void parse_message();
  void parse_member(MessageFacts& message, wire::JsonText member);
  void parse_role(MessageFacts& message);
  void parse_tool_call_id(MessageFacts& message);
  void parse_tool_calls(MessageFacts& message);
  void parse_tool_call();
  void parse_call_member(CallFacts& call, wire::JsonText member);
  void parse_called_function();
  void parse_arguments();
  void parse_legacy_call(MessageFacts& message);

  ParseContext& context_;
  HistoryJudge judge_{context_};
  std::int64_t index_ = 0;
  std::vector<wire::JsonText> call_ids_;  ///< of the message being read
};

void MessagesParser::parse_message() {
  if (!context_.expect(JsonKind::object)) return;
  MessageFacts message;
  call_ids_.clear();
  json().members([&](wire::JsonText member) {
    const PathStep step{context_, member};
    parse_member(message, member);
  });
  if (!context_.ok()) return;
  context_.overhead_tokens += kTokensPerMessage;
  if (!message.has_role) return context_.refuse_missing("role");
  message.index = index_;
  judge_.judge(message, call_ids_);
}

void MessagesParser::parse_member(MessageFacts& message, wire::JsonText member) {
  if (member == "role") {
    parse_role(message);
  } else if (member == "content") {
    if (message.content.kind != JsonKind::nothing) return context_.refuse("Duplicate member.");
    message.content = parse_content(context_);
  } else if (member == "tool_calls") {
    parse_tool_calls(message);
  } else if (member == "tool_call_id") {
    parse_tool_call_id(message);
  } else if (member == "name") {
    if (context_.skip_null()) {
      traits().foreign_members = true;
    } else if (context_.expect(JsonKind::string)) {
      traits().named_messages = true;
      context_.counted_string();
    }
  } else if (member == "function_call") {
    parse_legacy_call(message);
  } else {
    traits().foreign_members = true;
    json().value();
  }
}

void MessagesParser::parse_role(MessageFacts& message) {
  if (message.has_role) return context_.refuse("Duplicate member.");
  message.has_role = true;
  if (!context_.expect(JsonKind::string)) return;
  const wire::JsonText name = json().string();
  if (!context_.ok()) return;
  for (const auto& [spelling, role] : kRoles) {
    if (spelling == name) message.role = role;
  }
  if (message.role == MessageRole::unknown) {
    context_.refuse_value(name, {"system", "assistant", "user", "function", "tool", "developer"});
  }
}

void MessagesParser::parse_tool_call_id(MessageFacts& message) {
  if (context_.skip_null()) return;
  if (context_.expect(JsonKind::string)) message.tool_call_id = json().string();
}

void MessagesParser::parse_tool_calls(MessageFacts& message) {
  if (message.has_calls) return context_.refuse("Duplicate member.");
  if (context_.skip_null()) {
    traits().irregular_tool_calls = true;
    return;
  }
  if (!context_.expect(JsonKind::array)) return;
  std::int64_t call = 0;
  json().elements([&] {
    const PathStep step{context_, call++};
    parse_tool_call();
  });
  message.has_calls = call > 0;
  (call > 0 ? traits().tool_history : traits().irregular_tool_calls) = true;
}

void MessagesParser::parse_tool_call() {
  if (!context_.expect(JsonKind::object)) return;
  CallFacts call;
  bool has_type = false;
  json().members([&](wire::JsonText member) {
    const PathStep step{context_, member};
    has_type |= member == "type";
    parse_call_member(call, member);
  });
  if (!context_.ok()) return;
  if (call.function_type && !call.has_function) return context_.refuse_missing("function");
  if (call_ids_.size() == kMaxTrackedCalls) {
    traits().irregular_tool_calls = true;
    return;
  }
  const bool doubled = std::find(call_ids_.begin(), call_ids_.end(), call.id) != call_ids_.end();
  if (!has_type || call.id.empty() || doubled) traits().irregular_tool_calls = true;
  call_ids_.push_back(call.id);
}

void MessagesParser::parse_call_member(CallFacts& call, wire::JsonText member) {
  if (member == "function") {
    call.has_function = true;
    parse_called_function();
  } else if (member == "id" && !context_.skip_null()) {
    if (context_.expect(JsonKind::string)) call.id = json().string();
  } else if (member == "type") {
    if (context_.skip_null()) {
      traits().irregular_tool_calls = true;
    } else if (context_.expect(JsonKind::string)) {
      call.function_type = json().string() == "function";
    }
  } else if (member != "id") {
    // `index` of a replayed stream, Gemini's extra_content
    traits().foreign_members = true;
    context_.counted_value();
  }
}

void MessagesParser::parse_called_function() {
  if (!context_.expect(JsonKind::object)) return;
  bool named = false;
  bool has_arguments = false;
  json().members([&](wire::JsonText member) {
    const PathStep step{context_, member};
    if (member == "name") {
      named = !context_.counted_string().empty();
    } else if (member == "arguments") {
      has_arguments = true;
      parse_arguments();
    } else {
      traits().foreign_members = true;
      json().value();
    }
  });
  if (!context_.ok()) return;
  if (!named) return context_.refuse_missing("name");
  if (!has_arguments) traits().irregular_tool_calls = true;
}

void MessagesParser::parse_arguments() {
  const JsonKind kind = json().peek();
  if (kind == JsonKind::string) {
    if (context_.counted_string().empty()) traits().irregular_tool_calls = true;
  } else if (kind == JsonKind::object || kind == JsonKind::null) {
    traits().irregular_tool_calls = true;
    context_.counted_value();
  } else {
    context_.expect(JsonKind::string);
  }
}

void MessagesParser::parse_legacy_call(MessageFacts& message) {
  if (context_.skip_null()) {
    traits().foreign_members = true;
    return;
  }
  if (!context_.expect(JsonKind::object)) return;
  parse_called_function();
  message.has_legacy_call = true;
  traits().function_role = true;
  traits().tool_history = true;
}

}  // namespace

void parse_messages(ParseContext& context) {
  MessagesParser{context}.run();
  if (context.request.traits.tool_history) context.request.needs.tools = true;
}

}  // namespace freellm::chat
