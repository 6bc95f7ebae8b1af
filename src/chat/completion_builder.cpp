#include "freellm/chat/completion_builder.hpp"

#include <utility>

#include "chat/usage_json.hpp"
#include "freellm/wire/json_scan.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::chat {
namespace {

void append_text_or_null(std::string& out, JsonText text) {
  if (text.empty()) {
    out += "null";
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

/// Adds the elements of the array `name` of a streamed logprobs object to those collected before.
void collect_elements(std::string& joined, std::string_view logprobs, std::string_view name) {
  const auto array = wire::find_member(logprobs, name);
  if (!array) return;
  for (const std::string_view element : wire::elements_of(*array)) {
    if (!joined.empty()) joined += ',';
    joined += element;
  }
}

void append_array_or_null(std::string& out, std::string_view elements) {
  if (elements.empty()) {
    out += "null";
    return;
  }
  out += '[';
  out += elements;
  out += ']';
}

}  // namespace

CompletionBuilder::CompletionBuilder(ChunkIdentity identity, std::string platform)
    : identity_(std::move(identity)), platform_(std::move(platform)) {}

CompletionBuilder::Choice& CompletionBuilder::choice(std::uint32_t index) {
  for (auto& known : choices_) {
    if (known.index == index) return known;
  }
  Choice fresh;
  fresh.index = index;
  return choices_.emplace_back(std::move(fresh));
}

void CompletionBuilder::on_delta(const Delta& delta) {
  if (delta.usage != nullptr) {
    usage_ = *delta.usage;
    has_usage_ = true;
  }
  const bool about_choice =
      delta.has_payload() || !delta.logprobs.empty() || delta.finish != FinishReason::none;
  if (!about_choice) return;
  Choice& to = choice(delta.choice);
  to.content += delta.content;
  to.reasoning += delta.reasoning;
  to.refusal += delta.refusal;
  size_ += delta.content.size() + delta.reasoning.size() + delta.refusal.size();
  if (!delta.tool_calls.empty()) add_tool_calls(to, delta);
  if (!delta.logprobs.empty()) {
    to.has_logprobs = true;
    collect_elements(to.logprobs_content, delta.logprobs, "content");
    collect_elements(to.logprobs_refusal, delta.logprobs, "refusal");
    size_ += delta.logprobs.size();
  }
  if (to.finish == FinishReason::none) to.finish = delta.finish;
}

void CompletionBuilder::add_tool_calls(Choice& to, const Delta& delta) {
  for (const auto& fragment : delta.tool_calls) {
    const std::uint32_t index = fragment.index.value_or(0);
    Call* call = nullptr;
    for (auto& known : to.calls) {
      if (known.index == index) call = &known;
    }
    if (call == nullptr) {
      call = &to.calls.emplace_back();
      call->index = index;
    }
    if (call->id.empty()) call->id = fragment.id;
    if (call->name.empty()) call->name = fragment.name;
    call->arguments += fragment.arguments;
    size_ += fragment.id.size() + fragment.name.size() + fragment.arguments.size();
  }
}

void CompletionBuilder::append_message(std::string& out, const Choice& choice) {
  out += "{\"role\":\"assistant\",\"content\":";
  const bool null_content =
      choice.content.empty() && (!choice.calls.empty() || !choice.refusal.empty());
  if (null_content) {
    out += "null";
  } else {
    out += '"';
    out += choice.content;
    out += '"';
  }
  if (!choice.reasoning.empty()) {
    out += ",\"reasoning_content\":";
    append_text_or_null(out, choice.reasoning);
  }
  out += ",\"refusal\":";
  append_text_or_null(out, choice.refusal);
  if (!choice.calls.empty()) append_calls(out, choice.calls);
  out += '}';
}

void CompletionBuilder::append_calls(std::string& out, const std::vector<Call>& calls) {
  out += ",\"tool_calls\":[";
  bool first = true;
  for (const auto& call : calls) {
    out += first ? "{\"id\":\"" : ",{\"id\":\"";
    first = false;
    out += call.id;
    out += "\",\"type\":\"function\",\"function\":{\"name\":\"";
    out += call.name;
    out += "\",\"arguments\":\"";
    out += call.arguments;
    out += "\"}}";
  }
  out += ']';
}

void CompletionBuilder::append_choice(std::string& out, const Choice& choice) {
  out += "{\"index\":";
  out += std::to_string(choice.index);
  out += ",\"message\":";
  append_message(out, choice);
  out += ",\"logprobs\":";
  if (choice.has_logprobs) {
    out += "{\"content\":";
    append_array_or_null(out, choice.logprobs_content);
    out += ",\"refusal\":";
    append_array_or_null(out, choice.logprobs_refusal);
    out += '}';
  } else {
    out += "null";
  }
  const FinishReason finish =
      choice.finish == FinishReason::none ? FinishReason::stop : choice.finish;
  out += ",\"finish_reason\":\"";
  out += to_string(finish);
  out += "\"}";
}

std::string CompletionBuilder::body() const {
  std::string out;
  out.reserve(size_ + 512);
  out += "{\"id\":\"";
  wire::append_escaped(out, identity_.id);
  out += "\",\"object\":\"chat.completion\",\"created\":";
  out += std::to_string(identity_.created);
  out += ",\"model\":\"";
  wire::append_escaped(out, identity_.model);
  out += "\",\"choices\":[";
  const Choice nothing;
  if (choices_.empty()) append_choice(out, nothing);
  bool first = true;
  for (const auto& choice : choices_) {
    if (!first) out += ',';
    first = false;
    append_choice(out, choice);
  }
  out += ']';
  if (has_usage_) {
    out += ",\"usage\":";
    append_usage(out, usage_);
  }
  out += ",\"_routed_via\":{\"platform\":\"";
  wire::append_escaped(out, platform_);
  out += "\",\"model\":\"";
  wire::append_escaped(out, identity_.model);
  out += "\"}}";
  return out;
}

}  // namespace freellm::chat
