#include "provider/cohere/decoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freellm/wire/json_scan.hpp"
#include "provider/cohere/failure.hpp"

namespace freellm::provider::cohere {
namespace {

using chat::FailureClass;
using chat::FinishReason;
using wire::find_member;
using wire::JsonType;

constexpr std::string_view kNoArguments = "{}";
constexpr std::int64_t kMaxCalls = 512;

std::string_view text_member(std::string_view object, std::string_view name) {
  const auto value = find_member(object, name);
  return value ? wire::json_string(*value).value_or("") : std::string_view{};
}

std::int64_t count_member(std::string_view object, std::string_view name) {
  const auto value = find_member(object, name);
  return value ? std::clamp<std::int64_t>(wire::json_int(*value).value_or(0), 0, chat::kMostTokens)
               : 0;
}

std::string_view object_member(std::string_view object, std::string_view name) {
  return find_member(object, name).value_or("");
}

/// billed_units leave out Cohere's own preamble, which counts against the window and the limits.
chat::Usage read_usage(std::string_view json) {
  auto counts = object_member(json, "tokens");
  if (counts.empty()) counts = object_member(json, "billed_units");
  chat::Usage usage;
  usage.prompt_tokens = count_member(counts, "input_tokens");
  usage.completion_tokens = count_member(counts, "output_tokens");
  usage.reasoning_tokens = count_member(counts, "reasoning_tokens");
  usage.cached_tokens = count_member(json, "cached_tokens");
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  return usage;
}

FinishReason finish_of(std::string_view reason) {
  if (reason == "MAX_TOKENS" || reason == "ERROR_LIMIT") return FinishReason::length;
  if (reason == "TOOL_CALL") return FinishReason::tool_calls;
  if (reason == "ERROR_TOXIC") return FinishReason::content_filter;
  return FinishReason::stop;
}

bool is_breakdown(std::string_view reason) {
  return reason == "ERROR" || reason == "TIMEOUT" || reason == "USER_CANCEL";
}

}  // namespace

Decoder::Decoder(BodyKind body, std::string model_id)
    : EventDecoder(body), model_id_(std::move(model_id)) {}

Status Decoder::on_document(std::string_view json, chat::DeltaSink& out) {
  const auto type = text_member(json, "type");
  if (type.empty()) return take_answer(json, out);
  const auto delta = object_member(json, "delta");
  if (type == "message-end") {
    set_complete();
    return take_end(delta, out);
  }
  const auto message = object_member(delta, "message");
  if (type == "content-start" || type == "content-delta") {
    take_content(object_member(message, "content"), out);
  } else if (type == "tool-plan-delta") {
    chat::Delta plan;
    plan.reasoning = text_member(message, "tool_plan");
    emit(out, plan);
  } else if (type == "tool-call-start" || type == "tool-call-delta" || type == "tool-call-end") {
    const auto index = count_member(json, "index");
    if (index >= kMaxCalls) return fail(FailureClass::provider_error, "more than 512 tool calls");
    const auto call = static_cast<std::uint32_t>(index);
    if (type == "tool-call-end") {
      end_call(call, out);
    } else {
      take_call(call, object_member(message, "tool_calls"), out);
    }
  }
  return {};
}

/// The body of an answer that is not streamed, or an error in its place.
Status Decoder::take_answer(std::string_view json, chat::DeltaSink& out) {
  const auto message = object_member(json, "message");
  if (wire::json_type(message) != JsonType::object || !find_member(json, "finish_reason")) {
    return fail(classify_failure(200, {}, json, model_id_, std::nullopt));
  }
  chat::Delta plan;
  plan.reasoning = text_member(message, "tool_plan");
  emit(out, plan);
  const auto content = object_member(message, "content");
  if (wire::json_type(content) == JsonType::array) {
    for (const auto part : wire::elements_of(content)) take_content(part, out);
  } else {
    take_content(content, out);
  }
  take_calls(object_member(message, "tool_calls"), out);
  return take_end(json, out);
}

/// {"type":"text","text"} or {"type":"thinking","thinking"}; deltas leave the type out.
void Decoder::take_content(std::string_view content, chat::DeltaSink& out) {
  chat::Delta delta;
  delta.reasoning = text_member(content, "thinking");
  delta.content = wire::json_type(content) == JsonType::string
                      ? wire::json_string(content).value_or("")
                      : text_member(content, "text");
  emit(out, delta);
}

void Decoder::take_calls(std::string_view calls, chat::DeltaSink& out) {
  std::uint32_t index = 0;
  for (const auto call : wire::elements_of(calls)) {
    if (index >= kMaxCalls) return;
    take_call(index, call, out);
    end_call(index, out);
    ++index;
  }
}

/// An object in the stream; the array of message-start and of whole bodies is accepted there too.
void Decoder::take_call(std::uint32_t index, std::string_view call, chat::DeltaSink& out) {
  if (wire::json_type(call) == JsonType::array) {
    for (const auto element : wire::elements_of(call)) return take_call(index, element, out);
    return;
  }
  const auto function = object_member(call, "function");
  auto arguments = text_member(function, "arguments");
  if (arguments == "null") arguments = {};  // how a call without arguments is spelt at times
  if (!arguments.empty()) calls_with_arguments_.insert(index);
  const std::array fragments{chat::ToolCallFragment{.index = index,
                                                    .id = text_member(call, "id"),
                                                    .name = text_member(function, "name"),
                                                    .arguments = arguments}};
  chat::Delta delta;
  delta.tool_calls = fragments;
  emit(out, delta);
}

void Decoder::end_call(std::uint32_t index, chat::DeltaSink& out) {
  if (!calls_with_arguments_.insert(index).second) return;
  const std::array fragments{
      chat::ToolCallFragment{.index = index, .id = {}, .name = {}, .arguments = kNoArguments}};
  chat::Delta delta;
  delta.tool_calls = fragments;
  emit(out, delta);
}

Status Decoder::take_end(std::string_view end, chat::DeltaSink& out) {
  ended_ = true;
  const auto reason = text_member(end, "finish_reason");
  if (is_breakdown(reason)) {
    auto failure = classify_failure(500, {}, end, model_id_, std::nullopt);
    if (failure.message.empty()) {
      failure.message = "Cohere ended the answer with " + std::string{reason};
    }
    return fail(std::move(failure));
  }
  if (!has_payload_ && reason == "ERROR_TOXIC") {
    return fail(FailureClass::content_policy, "Cohere refused the content");
  }
  if (!has_payload_ && reason == "ERROR_LIMIT") {
    return fail(FailureClass::too_large, "the prompt is beyond the model's window");
  }
  chat::Delta delta;
  delta.finish = finish_of(reason);
  const auto usage = find_member(end, "usage");
  const auto counts = usage ? read_usage(*usage) : chat::Usage{};
  if (usage) delta.usage = &counts;
  out.on_delta(delta);
  return {};
}

void Decoder::emit(chat::DeltaSink& out, const chat::Delta& delta) {
  if (!delta.has_payload()) return;
  has_payload_ = true;
  out.on_delta(delta);
}

Status Decoder::on_end(chat::DeltaSink&) {
  if (ended_) return {};
  return fail(FailureClass::provider_error, "the stream ended without message-end");
}

}  // namespace freellm::provider::cohere
