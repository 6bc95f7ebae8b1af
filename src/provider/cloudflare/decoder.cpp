#include "provider/cloudflare/decoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freellm/provider/failure.hpp"
#include "freellm/wire/json_scan.hpp"
#include "freellm/wire/json_text.hpp"
#include "provider/native/compact_json.hpp"
#include "provider/native/quirks.hpp"

namespace freellm::provider::cloudflare {
namespace {

using chat::FailureClass;
using wire::find_member;
using wire::JsonType;

constexpr std::uint32_t kMaxCalls = 512;

std::string_view value_of(std::string_view object, std::string_view name) {
  return find_member(object, name).value_or("");
}

bool is_refusal(std::string_view json) {
  if (wire::json_bool(value_of(json, "success")) == false) return true;
  const auto errors = value_of(json, "errors");
  if (wire::elements_of(errors).begin() != wire::elements_of(errors).end()) return true;
  const auto error = value_of(json, "error");
  return !error.empty() && !wire::json_is_null(error);
}

}  // namespace

Decoder::Decoder(BodyKind body, std::string model_id)
    : EventDecoder(body), model_id_(std::move(model_id)), openai_(native::quirks("cloudflare")) {}

Status Decoder::on_document(std::string_view json, chat::DeltaSink& out) {
  if (is_refusal(json)) return refuse(json);
  const auto result = value_of(json, "result");
  if (wire::json_type(result) == JsonType::object) json = result;
  if (find_member(json, "choices")) return take_openai(json, out);
  take_native(json, out);
  return {};
}

Status Decoder::take_openai(std::string_view json, chat::DeltaSink& out) {
  if (openai_.read(json, out) == EventKind::error) return refuse(openai_.error_body());
  return {};
}

void Decoder::take_native(std::string_view json, chat::DeltaSink& out) {
  take_response(value_of(json, "response"), out);
  take_calls(value_of(json, "tool_calls"), out);
  chat::Delta last;
  chat::Usage usage;
  if (read_usage(value_of(json, "usage"), usage)) last.usage = &usage;
  const auto reason = wire::json_string(value_of(json, "finish_reason"));
  if (reason && !native_finish_) {
    last.finish = finish_reason_of(*reason).value_or(chat::FinishReason::stop);
    native_finish_ = true;
  }
  if (last.usage != nullptr || last.finish != chat::FinishReason::none) out.on_delta(last);
}

/// A token that is a number comes as a number, and the object of JSON mode as an object.
void Decoder::take_response(std::string_view value, chat::DeltaSink& out) {
  if (value.empty() || wire::json_is_null(value)) return;
  const auto text = wire::json_string(value);
  const auto dumped = text ? std::string{} : wire::escaped(native::compact_json(value));
  chat::Delta delta;
  delta.content = text ? *text : std::string_view{dumped};
  if (delta.content.empty()) return;
  native_payload_ = true;
  out.on_delta(delta);
}

/// Whole calls without ids: {"name","arguments":OBJECT}, or OpenAI's {"id","function":{...}}.
void Decoder::take_calls(std::string_view calls, chat::DeltaSink& out) {
  for (const auto call : wire::elements_of(calls)) {
    const auto function = value_of(call, "function");
    const auto source = function.empty() ? call : function;
    const auto name = wire::json_string(value_of(source, "name")).value_or("");
    if (name.empty() || calls_ >= kMaxCalls) continue;  // the closing sentinel is all null
    const auto sent = value_of(source, "arguments");
    const auto text = wire::json_string(sent);
    const auto dumped = wire::json_type(sent) == JsonType::object
                            ? wire::escaped(native::compact_json(sent))
                            : std::string{"{}"};
    const std::array fragments{chat::ToolCallFragment{
        .index = calls_++,
        .id = wire::json_string(value_of(call, "id")).value_or(""),
        .name = name,
        .arguments = text && !text->empty() ? *text : std::string_view{dumped}}};
    chat::Delta delta;
    delta.tool_calls = fragments;
    native_payload_ = true;
    out.on_delta(delta);
  }
}

Status Decoder::refuse(std::string_view error_body) {
  const auto facts = read_error(200, error_body);
  auto failure =
      classify_error(facts, {}, native::quirks("cloudflare").errors, model_id_, std::nullopt);
  if (failure.message.empty()) failure.message = "Workers AI gave up without saying why";
  return fail(std::move(failure));
}

/// Native streams say [DONE] and rarely a finish reason; either makes an answer whole.
Status Decoder::on_end(chat::DeltaSink& out) {
  const bool any_payload = native_payload_ || openai_.saw_payload();
  const bool finished = native_finish_ || openai_.saw_finish();
  if (finished) return {};
  if (!complete() && body() == BodyKind::event_stream) {
    return fail(FailureClass::provider_error, "the stream broke off before its end");
  }
  if (!any_payload) return fail(FailureClass::dead_turn, "the answer ended without any content");
  chat::Delta last;
  last.finish = calls_ > 0 ? chat::FinishReason::tool_calls : chat::FinishReason::stop;
  out.on_delta(last);
  return {};
}

}  // namespace freellm::provider::cloudflare
