// Repairs of single messages: roles, members, content.

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "chat/canonical_steps.hpp"
#include "freellm/wire/json.hpp"

namespace freellm::chat {
namespace {

bool is_text_part(const Messages& part) { return text_member(part, "type") == "text"; }

void repair_part(Messages& part) {
  if (part.is_string()) {
    part = {{"type", "text"}, {"text", std::move(part)}};
    return;
  }
  if (!part.is_object()) return;
  const std::string_view type = text_member(part, "type");
  const bool is_text =
      part.contains("text") && (type.empty() || type == "input_text" || type == "output_text");
  if (is_text) {
    part["type"] = "text";
    return;
  }
  if (part.contains("image_url") && part["image_url"].is_string()) {
    part["image_url"] = {{"url", std::move(part["image_url"])}};
  }
}

bool all_text(const Messages& parts) {
  for (const auto& part : parts) {
    if (!is_text_part(part)) return false;
  }
  return true;
}

/// Assistant turns come back with parts of other APIs (thinking, refusal, tool_use): only what a
/// model can read again stays.
void drop_unreadable_parts(Messages& message, Messages& parts) {
  if (!has_role(message, "assistant") && !has_role(message, "tool")) return;
  Messages kept = Messages::array();
  for (auto& part : parts) {
    const std::string_view type = text_member(part, "type");
    if (type == "refusal") {
      kept.push_back({{"type", "text"}, {"text", text_member(part, "refusal")}});
    } else if (type == "text" || type == "image_url" || type == "input_audio" || type == "file") {
      kept.push_back(std::move(part));
    }
  }
  parts = std::move(kept);
}

void strip_part(Messages& part) {
  Messages kept = Messages::object();
  for (const char* name : {"type", "text", "image_url", "input_audio", "file", "video_url"}) {
    if (part.contains(name)) kept[name] = std::move(part[name]);
  }
  part = std::move(kept);
}

void repair_content(Messages& message, const HygieneOptions& options) {
  if (!message.contains("content")) message["content"] = nullptr;
  Messages& content = message["content"];
  if (content.is_array()) {
    for (auto& part : content) repair_part(part);
    drop_unreadable_parts(message, content);
    if (options.strip_foreign_members) {
      for (auto& part : content) strip_part(part);
    }
    const bool flatten = content.empty() || (options.flatten_text_parts && all_text(content));
    if (flatten) content = content_text(content);
  }
  if (!content.is_null()) return;
  // A result or a turn without calls must say something, if only nothing.
  const bool may_be_null = has_role(message, "assistant") && has_tool_calls(message);
  if (options.null_content_to_empty || !may_be_null) content = "";
}

Messages arguments_text(const Messages& arguments) {
  if (arguments.is_object() || arguments.is_array()) return wire::dump_json(arguments);
  const bool usable = arguments.is_string() && !arguments.get_ref<const std::string&>().empty();
  return usable ? arguments : Messages("{}");
}

void repair_call(Messages& call, const HygieneOptions& options) {
  if (!call.contains("function") || !call["function"].is_object()) return;
  Messages& function = call["function"];
  function["arguments"] =
      arguments_text(function.contains("arguments") ? function["arguments"] : Messages(nullptr));
  Messages repaired = {{"id", std::string{text_member(call, "id")}}, {"type", "function"}};
  repaired["function"] = {{"name", function.value("name", Messages(""))},
                          {"arguments", function["arguments"]}};
  if (!options.strip_foreign_members) {
    for (auto& [name, value] : call.items()) {
      if (!repaired.contains(name)) repaired[name] = value;
    }
  }
  call = std::move(repaired);
}

void repair_calls(Messages& message, const HygieneOptions& options) {
  if (message.contains("function_call")) {
    Messages legacy = std::move(message["function_call"]);
    message.erase("function_call");
    if (legacy.is_object() && !has_tool_calls(message)) {
      message["tool_calls"] =
          Messages::array({{{"type", "function"}, {"function", std::move(legacy)}}});
    }
  }
  if (!message.contains("tool_calls")) return;
  if (!has_tool_calls(message)) {
    message.erase("tool_calls");
    return;
  }
  for (auto& call : message["tool_calls"]) repair_call(call, options);
}

void repair_role(Messages& message, const HygieneOptions& options) {
  if (has_role(message, "function")) message["role"] = "tool";
  if (options.developer_to_system && has_role(message, "developer")) message["role"] = "system";
  if (has_role(message, "tool")) {
    message.erase("tool_calls");
  } else {
    message.erase("tool_call_id");
  }
}

void strip_members(Messages& message, const HygieneOptions& options) {
  if (message.contains("name") && message["name"].is_null()) message.erase("name");
  if (options.drop_names && !has_role(message, "tool")) message.erase("name");
  if (!options.strip_foreign_members) return;
  Messages kept = Messages::object();
  for (const char* name : {"role", "content", "name", "tool_calls", "tool_call_id"}) {
    if (message.contains(name)) kept[name] = std::move(message[name]);
  }
  message = std::move(kept);
}

}  // namespace

std::string_view text_member(const Messages& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

bool has_role(const Messages& message, std::string_view role) {
  return text_member(message, "role") == role;
}

bool has_tool_calls(const Messages& message) {
  if (!message.is_object()) return false;
  const auto calls = message.find("tool_calls");
  return calls != message.end() && calls->is_array() && !calls->empty();
}

std::string content_text(const Messages& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const auto& part : content) {
    const std::string_view piece = text_member(part, "text");
    if (piece.empty()) continue;
    if (!text.empty()) text += '\n';
    text += piece;
  }
  return text;
}

void repair_messages(Messages& messages, const HygieneOptions& options) {
  for (auto& message : messages) {
    repair_role(message, options);
    repair_calls(message, options);
    repair_content(message, options);
    strip_members(message, options);
  }
}

}  // namespace freellm::chat
