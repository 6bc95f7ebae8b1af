#include "freellm/chat/canonical.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "chat/canonical_steps.hpp"
#include "freellm/wire/json.hpp"

namespace freellm::chat {
namespace {

using nlohmann::ordered_json;

ordered_json member_dom(const ChatRequest& request, std::string_view name) {
  const Member* member = request.find(name);
  if (member == nullptr) return nullptr;
  // parse_chat_request has checked these bytes, so this cannot fail on them.
  auto dom = wire::parse_ordered_json(member->value, member->value.size());
  return dom ? std::move(*dom) : ordered_json(nullptr);
}

void put_legacy_functions(ordered_json& out) {
  if (out.contains("functions") && !out.contains("tools")) {
    ordered_json tools = ordered_json::array();
    for (auto& function : out["functions"]) {
      tools.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    out["tools"] = std::move(tools);
  }
  if (out.contains("function_call") && !out.contains("tool_choice")) {
    const ordered_json choice = out["function_call"];
    out["tool_choice"] =
        choice.is_object() ? ordered_json{{"type", "function"}, {"function", choice}} : choice;
  }
  out.erase("functions");
  out.erase("function_call");
}

/// Leaves the tools that tool_choice allows, unless that leaves none.
void keep_allowed_tools(ordered_json& out, const ChatRequest& request) {
  const auto& allowed = request.allowed_tools;
  if (allowed.empty()) return;
  ordered_json kept = ordered_json::array();
  for (const auto& tool : out["tools"]) {
    const auto function = tool.is_object() ? tool.find("function") : tool.end();
    if (function == tool.end()) continue;
    const std::string_view name = text_member(*function, "name");
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) kept.push_back(tool);
  }
  if (!kept.empty()) out["tools"] = std::move(kept);
  out["tool_choice"] = request.tool_choice == ToolChoice::required ? "required" : "auto";
}

void repair_tools(ordered_json& out, const ChatRequest& request) {
  put_legacy_functions(out);
  if (!out.contains("tools")) {
    out.erase("tool_choice");
    out.erase("parallel_tool_calls");
    return;
  }
  if (out["tools"].empty()) {
    out.erase("tools");
    return repair_tools(out, request);
  }
  keep_allowed_tools(out, request);
  for (auto& tool : out["tools"]) {
    if (tool.is_object() && text_member(tool, "type").empty()) tool["type"] = "function";
  }
  if (!out.contains("tool_choice")) return;
  ordered_json& choice = out["tool_choice"];
  if (choice.is_object() && !choice.contains("function")) {
    const std::string_view name = text_member(choice, "name");
    const std::string_view type = text_member(choice, "type");
    if (!name.empty()) {
      choice = {{"type", "function"}, {"function", {{"name", std::string{name}}}}};
    } else if (type == "any" || type == "auto" || type == "none" || type == "required") {
      choice = std::string{type};
    }
  }
  if (choice == "any") choice = "required";
}

void repair_sampling(ordered_json& out, const ChatRequest& request) {
  constexpr std::size_t kMaxStops = 4;  // OpenAI's bound
  if (text_member(out.value("response_format", ordered_json::object()), "type") == "text") {
    out.erase("response_format");
  }
  if (out.contains("stop") && out["stop"].is_array() && out["stop"].size() > kMaxStops) {
    auto& stops = out["stop"].get_ref<ordered_json::array_t&>();
    stops.resize(kMaxStops);
  }
  out.erase("max_completion_tokens");
  out.erase("max_tokens");
  if (request.max_tokens) out["max_tokens"] = *request.max_tokens;
  if (!out.contains("reasoning_effort")) return;
  const auto effort = normalized_effort(text_member(out, "reasoning_effort"));
  if (effort.empty()) {
    out.erase("reasoning_effort");
  } else {
    out["reasoning_effort"] = std::string{effort};
  }
}

struct EffortAlias {
  std::string_view sent;
  std::string_view meant;
};

// What clients of other APIs send (facts gathered from gateways' issue trackers, 2026-11).
constexpr std::array kEfforts{
    EffortAlias{"none", "none"},       EffortAlias{"off", "none"},
    EffortAlias{"disabled", "none"},   EffortAlias{"minimal", "minimal"},
    EffortAlias{"min", "minimal"},     EffortAlias{"lowest", "minimal"},
    EffortAlias{"low", "low"},         EffortAlias{"medium", "medium"},
    EffortAlias{"moderate", "medium"}, EffortAlias{"normal", "medium"},
    EffortAlias{"high", "high"},       EffortAlias{"max", "high"},
    EffortAlias{"highest", "high"},    EffortAlias{"ultra", "high"},
    EffortAlias{"xhigh", "high"},
};

}  // namespace

std::string_view normalized_effort(std::string_view sent) {
  for (const auto& alias : kEfforts) {
    if (alias.sent == sent) return alias.meant;
  }
  return {};
}

std::string nine_character_id(std::string_view id) {
  constexpr std::size_t kLength = 9;
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const auto fits = [&](char c) { return kAlphabet.find(c) != kAlphabet.npos; };
  if (id.size() == kLength && std::all_of(id.begin(), id.end(), fits)) return std::string{id};
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a: 62^9 is 2^53, so 64 bits are plenty
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash ^= hash >> 32;
  std::string out(kLength, '0');
  for (char& c : out) {
    c = kAlphabet[hash % kAlphabet.size()];
    hash /= kAlphabet.size();
  }
  return out;
}

ordered_json canonical_messages(const ChatRequest& request, const HygieneOptions& options) {
  ordered_json messages = member_dom(request, "messages");
  if (!messages.is_array()) return ordered_json::array();
  repair_messages(messages, options);
  pair_tool_calls(messages);
  order_tool_results(messages);
  drop_empty_assistant_turns(messages);
  if (options.merge_system_to_front) merge_system_messages(messages);
  if (options.assistant_after_tool) separate_results_from_users(messages);
  if (options.name_tool_results) name_tool_results(messages);
  if (options.nine_character_tool_ids) shorten_tool_ids(messages);
  return messages;
}

ordered_json canonical_request(const ChatRequest& request, const HygieneOptions& options) {
  ordered_json out = ordered_json::object();
  for (const auto& member : request.members) {
    if (member.value == "null") continue;
    const std::string name{member.name};
    out[name] =
        name == "messages" ? canonical_messages(request, options) : member_dom(request, name);
  }
  repair_tools(out, request);
  repair_sampling(out, request);
  return out;
}

}  // namespace freellm::chat
