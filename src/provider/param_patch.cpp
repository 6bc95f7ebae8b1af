#include "provider/param_patch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "freellm/wire/json_scan.hpp"

namespace freellm::provider {

namespace {

using chat::ResponseFormat;
using chat::ToolChoice;
using Flag = RuleCondition::Flag;

bool is_token_bound(std::string_view name) {
  return name == "max_tokens" || name == "max_completion_tokens";
}

bool is_empty_array(std::string_view json) {
  return wire::json_type(json) == wire::JsonType::array &&
         wire::elements_of(json).begin() == wire::elements_of(json).end();
}

/// Left to the encoder, or worth nothing to any upstream.
bool is_left_out(const chat::Member& member, const chat::ChatRequest& request) {
  if (member.name == "model" || member.name == "messages" || member.name == "stream_options")
    return true;
  if (wire::json_is_null(member.value)) return true;
  if (member.name == "response_format" && request.response_format == ResponseFormat::text)
    return true;
  if (is_token_bound(member.name)) {
    const auto bound = wire::json_double(member.value);
    return !bound || *bound < 1;
  }
  return (member.name == "tools" || member.name == "functions") && is_empty_array(member.value);
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view model_id) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return glob_match(pattern, model_id); });
}

std::string number_text(double value) {
  char text[32];
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.6g", value);
  return text;
}

/// The number inside the rule's bounds; nullopt when it is there already or is no number.
std::optional<std::string> clamped(std::string_view json, const ParamRule& rule,
                                   const catalog::Model& model) {
  const auto number = wire::json_double(json);
  if (!number) return std::nullopt;
  const bool by_model = rule.max_is_model_output && model.max_output_tokens > 0;
  const auto max =
      by_model ? static_cast<double>(model.max_output_tokens) : rule.max.value_or(HUGE_VAL);
  const auto bounded = std::min(std::max(*number, rule.min.value_or(-HUGE_VAL)), max);
  if (bounded == *number) return std::nullopt;
  return number_text(bounded);
}

std::string first_items(std::string_view array, std::size_t count) {
  std::string out = "[";
  for (const auto item : wire::elements_of(array)) {
    if (count-- == 0) break;
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out + ']';
}

std::size_t item_count(std::string_view array) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto item : wire::elements_of(array)) ++count;
  return count;
}

}  // namespace

ParamPatch::ParamPatch(const chat::ChatRequest& request, const Route& route)
    : request_(request), route_(route) {
  members_.reserve(request.members.size() + 4);
  for (std::size_t i = 0; i < request.members.size(); ++i) add_sent(request.members[i], i);
  add_legacy_tools();
  if (request.typeless_tools || !request.allowed_tools.empty()) repair_tools();
  repair_tool_choice();
}

void ParamPatch::add_sent(const chat::Member& member, std::size_t index) {
  // Of doubled members the first is the one that was checked when the request was parsed.
  if (is_left_out(member, request_) || request_.find(member.name) != &member) return;
  members_.push_back({.name = member.name, .sent = member.value, .value = {}, .index = index});
}

/// functions and function_call are tools and tool_choice in an older dress.
void ParamPatch::add_legacy_tools() {
  const auto* functions = find("functions");
  if (functions == nullptr || find("tools") != nullptr) return;
  std::string tools = "[";
  for (const auto function : wire::elements_of(functions->json())) {
    if (tools.size() > 1) tools += ',';
    tools.append(R"({"type":"function","function":)").append(function).append("}");
  }
  tools += ']';
  members_.push_back({.name = "tools", .sent = {}, .value = std::move(tools)});
  const auto* call = find("function_call");
  if (call == nullptr || find("tool_choice") != nullptr) return;
  std::string choice(call->json());
  if (wire::json_type(choice) == wire::JsonType::object)
    choice = R"({"type":"function","function":)" + choice + "}";
  members_.push_back({.name = "tool_choice", .sent = {}, .value = std::move(choice)});
}

/// Tools without a type get one; those that tool_choice does not allow stay at home, unless that
/// leaves none.
void ParamPatch::repair_tools() {
  auto* tools = find("tools");
  if (tools == nullptr) return;
  const auto& allowed = request_.allowed_tools;
  std::string kept = "[";
  for (const auto tool : wire::elements_of(tools->json())) {
    const auto function = wire::find_member(tool, "function").value_or("");
    const auto name = wire::json_string(wire::find_member(function, "name").value_or(""));
    const bool is_allowed = allowed.empty() || (name && std::find(allowed.begin(), allowed.end(),
                                                                  *name) != allowed.end());
    if (!is_allowed) continue;
    if (kept.size() > 1) kept += ',';
    if (wire::json_string(wire::find_member(tool, "type").value_or(""))) {
      kept += tool;
    } else {
      kept.append(R"({"type":"function","function":)").append(function).append("}");
    }
  }
  if (kept.size() == 1) return;
  tools->value = kept + ']';
  tools->index = kMadeUp;
}

/// The spellings of other APIs ({"type":"auto"}, {"type":"tool","name":…}, allowed_tools) as OpenAI
/// spells them; what is left alone is OpenAI's own or not ours to judge.
void ParamPatch::repair_tool_choice() {
  auto* choice = find("tool_choice");
  if (choice == nullptr || wire::json_type(choice->json()) != wire::JsonType::object) return;
  if (wire::find_member(choice->json(), "function")) return;
  const auto name = wire::json_string(wire::find_member(choice->json(), "name").value_or(""));
  const auto type = wire::json_string(wire::find_member(choice->json(), "type").value_or(""));
  std::string repaired;
  if (request_.tool_choice == ToolChoice::named && name) {
    repaired = R"({"type":"function","function":{"name":")" + std::string(*name) + R"("}})";
  } else if (request_.tool_choice == ToolChoice::none) {
    repaired = R"("none")";
  } else if (request_.tool_choice == ToolChoice::required) {
    repaired = R"("required")";
  } else if (type == "auto" || type == "allowed_tools") {
    repaired = R"("auto")";
  } else {
    return;
  }
  choice->value = std::move(repaired);
  choice->index = kMadeUp;
}

OutMember* ParamPatch::find(std::string_view name) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const auto& member) { return member.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

void ParamPatch::erase(std::string_view name) {
  std::erase_if(members_, [&](const auto& member) { return member.name == name; });
}

bool ParamPatch::holds(Flag flag) {
  switch (flag) {
    case Flag::tools:
      return find("tools") != nullptr;
    case Flag::no_tools:
      return find("tools") == nullptr;
    case Flag::streaming:
      return request_.stream;
    case Flag::not_streaming:
      return !request_.stream;
    case Flag::json:
      return request_.response_format != ResponseFormat::text;
    case Flag::json_schema:
      return request_.response_format == ResponseFormat::json_schema;
    case Flag::tool_choice_none:
      return request_.tool_choice == ToolChoice::none;
    case Flag::anonymous:
      return route_.key.empty();
  }
  return false;
}

bool ParamPatch::holds(const RuleCondition& when) {
  const std::string_view model_id = route_.model.upstream_id;
  if (!when.models.empty() && !matches_any(when.models, model_id)) return false;
  if (!when.except_models.empty() && matches_any(when.except_models, model_id)) return false;
  return std::all_of(when.flags.begin(), when.flags.end(), [&](auto flag) { return holds(flag); });
}

void ParamPatch::apply(std::span<const ParamRule> rules) {
  for (const auto& rule : rules) apply(rule);
}

void ParamPatch::apply(const ParamRule& rule) {
  OutMember* member = find(rule.param);
  const bool adds = rule.action == RuleAction::fallback || rule.action == RuleAction::set;
  if ((member == nullptr && !adds) || !holds(rule.when)) return;
  if (!adds) return change(*member, rule);
  if (member != nullptr && rule.action == RuleAction::fallback) return;
  if (member == nullptr)
    member = &members_.emplace_back(OutMember{.name = rule.param, .sent = {}, .value = {}});
  member->value = rule.json;
  member->index = kMadeUp;
}

void ParamPatch::change(OutMember& member, const ParamRule& rule) {
  const auto replace = [&](std::string json) {
    member.value = std::move(json);
    member.index = kMadeUp;
  };
  const auto same = [&](const auto& json) { return json == member.json(); };
  switch (rule.action) {
    case RuleAction::drop:
      return erase(rule.param);
    case RuleAction::rename:
      if (find(rule.target) != nullptr) return erase(rule.param);
      member.name = rule.target;
      member.index = kMadeUp;
      return;
    case RuleAction::clamp:
      if (auto bounded = clamped(member.json(), rule, route_.model)) replace(std::move(*bounded));
      return;
    case RuleAction::at_most:
      if (item_count(member.json()) > rule.count) replace(first_items(member.json(), rule.count));
      return;
    case RuleAction::map:
      for (const auto& [from, to] : rule.map) {
        if (!same(from)) continue;
        return to.empty() ? erase(rule.param) : replace(to);
      }
      return;
    case RuleAction::only:
      if (std::none_of(rule.values.begin(), rule.values.end(), same)) erase(rule.param);
      return;
    case RuleAction::fallback:
    case RuleAction::set:
      return;
  }
}

void ParamPatch::keep_only(const std::vector<std::string>& known) {
  std::erase_if(members_, [&](const auto& member) {
    return std::find(known.begin(), known.end(), member.name) == known.end();
  });
}

}  // namespace freellm::provider
