#include "provider/openai_event.hpp"

#include <algorithm>
#include <array>

#include "freellm/wire/json_scan.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::provider {

namespace {

using chat::Delta;
using chat::FinishReason;
using wire::JsonType;

constexpr std::size_t kMaxCalls = 256;
constexpr std::uint32_t kMaxChoice = 127;

/// The inside of a string; empty for anything else.
std::string_view text_of(std::string_view value) {
  return wire::json_string(value).value_or(std::string_view{});
}

/// An `error` member that says something: not null, not false, not empty.
bool states_error(std::string_view value) {
  switch (wire::json_type(value)) {
    case JsonType::string:
      return !text_of(value).empty();
    case JsonType::object:
      return wire::members_of(value).begin() != wire::members_of(value).end();
    case JsonType::array:
      return wire::elements_of(value).begin() != wire::elements_of(value).end();
    case JsonType::boolean:
      return wire::json_bool(value).value_or(false);
    default:
      return false;
  }
}

}  // namespace

EventKind EventReader::read(std::string_view json, chat::DeltaSink& out) {
  emitted_ = 0;
  if (const auto delta = repeated_.read(json)) {
    emit(*delta, out);
    return EventKind::answer;
  }
  const auto kind = read_whole(json, out);
  if (kind == EventKind::answer && emitted_ == 1) repeated_.remember(json, last_);
  return kind;
}

EventKind EventReader::read_whole(std::string_view json, chat::DeltaSink& out) {
  Top top;
  const auto scanned = wire::scan_members(json, [&](const wire::JsonMember& member) {
    if (member.name == "choices") {
      top.choices = member.value;
    } else if (member.name == "usage") {
      top.usage = member.value;
    } else if (member.name == "x_groq") {
      top.groq = member.value;
    } else if (member.name == "error") {
      top.error = member.value;
    } else if (member.name == "message" || member.name == "detail" || member.name == "errors") {
      top.looks_like_error = top.looks_like_error || states_error(member.value);
    }
  });
  if (!scanned) return EventKind::malformed;
  if (find_error(top, json)) return EventKind::error;

  chat::Usage usage;
  bool has_usage = !top.usage.empty() && read_usage(top.usage, usage);
  if (!has_usage && !top.groq.empty()) {
    if (const auto inner = wire::find_member(top.groq, "usage"))
      has_usage = read_usage(*inner, usage);
  }
  return read_choices(top.choices, has_usage ? &usage : nullptr, out) ? EventKind::answer
                                                                      : EventKind::error;
}

bool EventReader::find_error(const Top& top, std::string_view json) {
  error_body_ = json;
  if (!top.error.empty() && states_error(top.error)) return true;
  const auto inner = wire::find_member(top.groq, "error");
  if (inner && states_error(*inner)) {
    error_body_ = top.groq;
    return true;
  }
  return top.choices.empty() && top.usage.empty() && top.looks_like_error;
}

/// Usage goes with the last choice of the document, or alone when there is none.
bool EventReader::read_choices(std::string_view choices, const chat::Usage* usage,
                               chat::DeltaSink& out) {
  const auto elements = wire::elements_of(choices);
  auto it = elements.begin();
  if (it == elements.end()) {
    if (usage != nullptr) emit(Delta{.usage = usage}, out);
    return true;
  }
  while (it != elements.end()) {
    const auto choice = *it;
    ++it;
    if (!read_choice(choice, it == elements.end() ? usage : nullptr, out)) return false;
  }
  return true;
}

bool EventReader::read_choice(std::string_view choice, const chat::Usage* usage,
                              chat::DeltaSink& out) {
  Delta delta;
  std::string_view message;
  bool gave_up = false;
  for (const auto& [name, value] : wire::members_of(choice)) {
    if (name == "delta" || (name == "message" && message.empty())) {
      message = value;
    } else if (name == "index") {
      const auto index = wire::json_int(value).value_or(0);
      delta.choice = static_cast<std::uint32_t>(std::clamp<std::int64_t>(index, 0, kMaxChoice));
    } else if (name == "finish_reason") {
      const auto finish = finish_reason_of(text_of(value));
      gave_up = gave_up || !finish;
      delta.finish = finish.value_or(FinishReason::none);
    } else if (name == "logprobs") {
      if (wire::json_type(value) == JsonType::object) delta.logprobs = value;
    } else if (name == "error") {
      if (!states_error(value)) continue;
      gave_up = true;
      error_body_ = choice;
    }
  }
  if (gave_up) return false;
  calls_.clear();
  texts_.clear();
  read_message(message, delta, out);
  delta.tool_calls = calls_;
  delta.usage = usage;
  emit(delta, out);
  return true;
}

bool EventReader::is_reasoning(std::string_view name) const {
  if (name == "reasoning_content" || name == "reasoning") return true;
  return std::find(quirks_.reasoning_fields.begin(), quirks_.reasoning_fields.end(), name) !=
         quirks_.reasoning_fields.end();
}

void EventReader::read_message(std::string_view message, Delta& delta, chat::DeltaSink& out) {
  for (const auto& [name, value] : wire::members_of(message)) {
    if (name == "content") {
      delta.content = text_of(value);
      // Mistral's reasoning models: parts, in the same stream as strings. Handed on in their order.
      if (wire::json_type(value) == JsonType::array) read_parts(value, delta, out);
    } else if (name == "tool_calls") {
      read_calls(value);
    } else if (name == "function_call") {
      chat::ToolCallFragment fragment{.index = 0};
      read_function(value, fragment);
      if (!fragment.name.empty() || !fragment.arguments.empty()) calls_.push_back(fragment);
    } else if (name == "refusal") {
      delta.refusal = text_of(value);
    } else if (delta.reasoning.empty() && is_reasoning(name)) {
      // Some gateways send the same text under both names: the first one counts.
      delta.reasoning = text_of(value);
    }
  }
}

void EventReader::read_parts(std::string_view parts, const Delta& delta, chat::DeltaSink& out) {
  for (const auto part : wire::elements_of(parts)) {
    Delta piece{.choice = delta.choice};
    if (const auto text = wire::json_string(part)) {
      piece.content = *text;
    } else if (const auto thinking = wire::find_member(part, "thinking")) {
      read_thinking(*thinking, piece, out);
      continue;
    } else {
      read_part(part, piece);
    }
    emit(piece, out);
  }
}

void EventReader::read_part(std::string_view part, Delta& delta) {
  const auto type = text_of(wire::find_member(part, "type").value_or(std::string_view{}));
  const auto text = text_of(wire::find_member(part, "text").value_or(std::string_view{}));
  if (type == "refusal") {
    delta.refusal = text_of(wire::find_member(part, "refusal").value_or(std::string_view{}));
  } else if (type == "reasoning") {
    delta.reasoning = text;
  } else if (type.empty() || type == "text" || type == "output_text") {
    delta.content = text;
  }
}

void EventReader::read_thinking(std::string_view value, const Delta& delta, chat::DeltaSink& out) {
  Delta piece{.choice = delta.choice};
  if (const auto text = wire::json_string(value)) {
    piece.reasoning = *text;
    return emit(piece, out);
  }
  for (const auto part : wire::elements_of(value)) {
    piece.reasoning = text_of(wire::find_member(part, "text").value_or(part));
    emit(piece, out);
  }
}

void EventReader::read_calls(std::string_view calls) {
  if (wire::json_type(calls) == JsonType::object) return read_call(calls);
  for (const auto call : wire::elements_of(calls)) {
    if (calls_.size() >= kMaxCalls) return;
    read_call(call);
  }
}

void EventReader::read_call(std::string_view call) {
  chat::ToolCallFragment fragment;
  for (const auto& [name, value] : wire::members_of(call)) {
    if (name == "index") {
      const auto index = wire::json_int(value);
      if (index && *index >= 0 && *index < static_cast<std::int64_t>(kMaxCalls)) {
        fragment.index = static_cast<std::uint32_t>(*index);
      }
    } else if (name == "id") {
      fragment.id = text_of(value);
    } else if (name == "function") {
      read_function(value, fragment);
    }
  }
  // A closing sentinel of nulls (seen from Cloudflare) is no call.
  if (fragment.id.empty() && fragment.name.empty() && fragment.arguments.empty()) return;
  calls_.push_back(fragment);
}

void EventReader::read_function(std::string_view function, chat::ToolCallFragment& fragment) {
  for (const auto& [name, value] : wire::members_of(function)) {
    if (name == "name") fragment.name = text_of(value);
    if (name != "arguments") continue;
    fragment.arguments = text_of(value);
    const auto type = wire::json_type(value);
    if (type == JsonType::object || type == JsonType::array) {
      fragment.arguments = texts_.emplace_back(wire::escaped(value));
    }
  }
}

void EventReader::emit(const Delta& delta, chat::DeltaSink& out) {
  if (delta.finish != FinishReason::none) saw_finish_ = true;
  const bool payload = delta.has_payload();
  if (payload) saw_payload_ = true;
  if (payload || delta.finish != FinishReason::none || delta.usage != nullptr ||
      !delta.logprobs.empty()) {
    ++emitted_;
    last_ = delta;
    out.on_delta(delta);
  }
}

}  // namespace freellm::provider
