// What every OpenAI-like platform refuses, and the native routes of Cohere and Ollama.

#include "dialect/rules.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "dialect/rules_by_platform.hpp"

namespace simulator {
namespace {

Problem bad(std::string detail, std::string param = "") {
  return {Reason::bad_request, std::move(detail), std::move(param)};
}

bool has_text(const Json& message) {
  const auto content = message.find("content");
  return content != message.end() && !content->is_null() && !content->empty() && *content != "";
}

/// Each assistant tool call is answered by tool messages right behind it, and by nothing else.
std::optional<Problem> check_tool_order(const Json& messages) {
  std::set<std::string> open;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& message = messages[i];
    const auto role = message.value("role", "");
    const auto where = "messages[" + std::to_string(i) + "]";
    if (role == "tool") {
      const auto id = message.value("tool_call_id", "");
      if (open.erase(id) == 0)
        return bad(where +
                       ": messages with role 'tool' must be a response to a preceding message "
                       "with 'tool_calls'",
                   where);
      continue;
    }
    if (!open.empty())
      return bad(
          "An assistant message with 'tool_calls' must be followed by tool messages "
          "responding to each 'tool_call_id'.",
          where);
    const auto calls = message.find("tool_calls");
    if (role != "assistant" || calls == message.end() || !calls->is_array()) continue;
    for (const auto& call : *calls) {
      if (!call.contains("function") || !call["function"].value("arguments", Json()).is_string())
        return bad(where + ".tool_calls: function.arguments must be a string", where);
      open.insert(call.value("id", ""));
    }
  }
  if (!open.empty()) return bad("Not the same number of function calls and responses", "messages");
  return std::nullopt;
}

std::optional<Problem> check_messages(const Json& messages) {
  static constexpr std::array<std::string_view, 6> kRoles{"system",    "developer", "user",
                                                          "assistant", "tool",      "function"};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& message = messages[i];
    const auto where = "messages[" + std::to_string(i) + "]";
    if (!message.is_object()) return bad(where + ": must be an object", where);
    const auto role = message.value("role", "");
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end())
      return bad(where + ": unknown role '" + role + "'", where + ".role");
    const bool may_be_empty = role == "assistant" || role == "tool";
    if (!may_be_empty && !message.contains("content"))
      return bad(where + ": content is missing", where + ".content");
  }
  return std::nullopt;
}

}  // namespace

bool schemas_mention(const Json& body, std::string_view name) {
  const auto tools = body.find("tools");
  if (tools == body.end()) return false;
  // As a keyword, not as the name of a property.
  const auto mentions = [name](const auto& self, const Json& node, bool holds_names) -> bool {
    if (node.is_array())
      return std::any_of(node.begin(), node.end(),
                         [&](const Json& each) { return self(self, each, false); });
    if (!node.is_object()) return false;
    for (const auto& [key, value] : node.items())
      if ((!holds_names && key == name) || self(self, value, key == "properties" && !holds_names))
        return true;
    return false;
  };
  for (const auto& tool : *tools)
    if (const auto function = tool.find("function");
        function != tool.end() && function->contains("parameters") &&
        mentions(mentions, function->at("parameters"), false))
      return true;
  return false;
}

std::optional<Problem> check_openai(const Platform& platform, const Json& body, bool is_anonymous) {
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array() || messages->empty())
    return bad("messages: a non-empty array is required", "messages");
  if (auto problem = check_messages(*messages)) return problem;
  // The platform's own words first: its message about a tool id beats the general one.
  if (auto problem = check_quirks(platform.slug, body, is_anonymous)) return problem;
  if (auto problem = check_tool_order(*messages)) return problem;
  if (const auto bound = body.find("max_tokens");
      bound != body.end() && bound->is_number() && bound->get<double>() < 1)
    return bad("max_tokens must be at least 1", "max_tokens");
  return std::nullopt;
}

std::optional<Problem> check_cohere(const Json& body) {
  static constexpr auto kKnown = std::to_array<std::string_view>({"model",
                                                                  "messages",
                                                                  "stream",
                                                                  "tools",
                                                                  "tool_choice",
                                                                  "strict_tools",
                                                                  "documents",
                                                                  "citation_options",
                                                                  "response_format",
                                                                  "safety_mode",
                                                                  "max_tokens",
                                                                  "stop_sequences",
                                                                  "temperature",
                                                                  "seed",
                                                                  "frequency_penalty",
                                                                  "presence_penalty",
                                                                  "k",
                                                                  "p",
                                                                  "logprobs",
                                                                  "thinking",
                                                                  "priority"});
  for (const auto& [name, value] : body.items())
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
      return Problem{Reason::unknown_field,
                     "unknown field: parameter '" + name + "' is not a valid field", name};
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array() || messages->empty())
    return bad("all elements in history must have a message");
  for (const auto& message : *messages) {
    const auto role = message.value("role", "");
    const bool calls = message.contains("tool_calls");
    if (role == "developer") return bad("invalid role in message: 'developer'");
    if (!calls && !has_text(message)) return bad("all elements in history must have a message");
    if (calls && has_text(message))
      return bad("an assistant message has either content or tool_calls");
  }
  if (const auto choice = body.find("tool_choice");
      choice != body.end() && *choice != "REQUIRED" && *choice != "NONE")
    return bad("tool_choice must be one of: REQUIRED, NONE");
  for (const char* keyword : {"additionalProperties", "$schema"})
    if (schemas_mention(body, keyword))
      return bad("tools: parameters: unsupported key '" + std::string{keyword} + "'");
  const bool has_tools = body.contains("tools") && !body["tools"].empty();
  if (has_tools && body.contains("response_format") &&
      body["response_format"].value("type", "") == "json_object")
    return bad("response_format json_object is not supported with tools");
  if (const auto stops = body.find("stop_sequences"); stops != body.end() && stops->size() > 5)
    return bad("stop_sequences: at most 5");
  return check_tool_order(*messages);
}

std::optional<Problem> check_ollama(const Json& body) {
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array()) return bad("messages: an array is required");
  for (const auto& message : *messages)
    if (const auto content = message.find("content");
        content != message.end() && !content->is_string())
      return bad("json: cannot unmarshal array into Go struct field of type string");
  return std::nullopt;
}

}  // namespace simulator
