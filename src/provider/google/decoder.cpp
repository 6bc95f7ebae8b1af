#include "provider/google/decoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freellm/wire/json_scan.hpp"
#include "freellm/wire/json_text.hpp"
#include "provider/google/failure.hpp"
#include "provider/google/finish_reason.hpp"
#include "provider/native/compact_json.hpp"

namespace freellm::provider::google {
namespace {

using wire::find_member;

constexpr std::int64_t kMaxCandidates = 8;  // the API's own maximum of candidateCount

std::string_view text_member(std::string_view object, std::string_view name) {
  const auto value = find_member(object, name);
  return value ? wire::json_string(*value).value_or("") : std::string_view{};
}

std::int64_t count_member(std::string_view object, std::string_view name) {
  const auto value = find_member(object, name);
  return value ? std::clamp<std::int64_t>(wire::json_int(*value).value_or(0), 0, chat::kMostTokens)
               : 0;
}

bool flag_member(std::string_view object, std::string_view name) {
  const auto value = find_member(object, name);
  return value && wire::json_bool(*value).value_or(false);
}

/// Counts are of the answer so far, on every event. candidatesTokenCount leaves out the thoughts.
chat::Usage read_usage(std::string_view metadata) {
  chat::Usage usage;
  usage.prompt_tokens = count_member(metadata, "promptTokenCount") +
                        count_member(metadata, "toolUsePromptTokenCount");
  usage.reasoning_tokens = count_member(metadata, "thoughtsTokenCount");
  usage.completion_tokens = count_member(metadata, "candidatesTokenCount") + usage.reasoning_tokens;
  usage.cached_tokens = count_member(metadata, "cachedContentTokenCount");
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  return usage;
}

}  // namespace

Decoder::Decoder(BodyKind body, std::string model_id, SignatureCache& signatures,
                 const Clock& clock)
    : EventDecoder(body), model_id_(std::move(model_id)), signatures_(signatures), clock_(clock) {}

Status Decoder::on_document(std::string_view json, chat::DeltaSink& out) {
  if (const auto error = find_member(json, "error"); error && !wire::json_is_null(*error)) {
    return fail(classify_failure(200, {}, json, model_id_, std::nullopt));
  }
  if (const auto metadata = find_member(json, "usageMetadata")) {
    const auto usage = read_usage(*metadata);
    chat::Delta delta;
    delta.usage = &usage;
    out.on_delta(delta);
  }
  if (const auto feedback = find_member(json, "promptFeedback")) {
    const auto reason = text_member(*feedback, "blockReason");
    if (!reason.empty()) return blocked(reason);
  }
  const auto candidates = find_member(json, "candidates");
  if (!candidates) return {};
  for (const auto candidate : wire::elements_of(*candidates)) {
    if (auto status = take_candidate(candidate, out); !status) return status;
  }
  return {};
}

Status Decoder::take_candidate(std::string_view json, chat::DeltaSink& out) {
  const auto number = count_member(json, "index");
  if (number >= kMaxCandidates) return {};
  const auto index = static_cast<std::uint32_t>(number);
  auto& candidate = candidates_[index];
  if (const auto content = find_member(json, "content")) {
    if (const auto parts = find_member(*content, "parts")) {
      for (const auto part : wire::elements_of(*parts)) take_part(index, candidate, part, out);
    }
  }
  const auto reason = text_member(json, "finishReason");
  if (reason.empty() || candidate.ended) return {};
  return end_candidate(index, candidate, reason, out);
}

void Decoder::take_part(std::uint32_t index, Candidate& candidate, std::string_view part,
                        chat::DeltaSink& out) {
  if (const auto call = find_member(part, "functionCall")) {
    return take_call(index, candidate, part, *call, out);
  }
  // Code that Google ran itself, and generated files, have no place in a chat answer.
  const auto text = text_member(part, "text");
  if (text.empty()) return;
  chat::Delta delta;
  delta.choice = index;
  (flag_member(part, "thought") ? delta.reasoning : delta.content) = text;
  candidate.has_payload = true;
  out.on_delta(delta);
}

void Decoder::take_call(std::uint32_t index, Candidate& candidate, std::string_view part,
                        std::string_view json, chat::DeltaSink& out) {
  const auto name = text_member(json, "name");
  const auto signature = text_member(part, "thoughtSignature");
  if (!name.empty() && flag_member(json, "willContinue")) {
    candidate.open = OpenCall{.id = std::string{text_member(json, "id")},
                              .name = std::string{name},
                              .signature = std::string{signature},
                              .arguments = {}};
  }
  if (candidate.open) return continue_call(index, candidate, json, out);
  if (name.empty()) return;
  const auto sent = find_member(json, "args");
  const bool has_args = sent && wire::json_type(*sent) == wire::JsonType::object;
  const auto arguments = has_args ? native::compact_json(*sent) : std::string{"{}"};
  emit_call(
      index, candidate,
      {.id = text_member(json, "id"), .name = name, .arguments = arguments, .signature = signature},
      out);
}

void Decoder::continue_call(std::uint32_t index, Candidate& candidate, std::string_view json,
                            chat::DeltaSink& out) {
  if (const auto pieces = find_member(json, "partialArgs")) candidate.open->arguments.add(*pieces);
  if (flag_member(json, "willContinue")) return;
  const auto call = std::move(*candidate.open);
  candidate.open.reset();
  const auto arguments = call.arguments.json();
  emit_call(index, candidate,
            {.id = call.id, .name = call.name, .arguments = arguments, .signature = call.signature},
            out);
}

void Decoder::emit_call(std::uint32_t index, Candidate& candidate, const Call& call,
                        chat::DeltaSink& out) {
  if (!call.signature.empty()) {
    const auto id = wire::unescaped(call.id);
    const auto name = wire::unescaped(call.name);
    const auto canonical = canonical_json(call.arguments);
    signatures_.remember({.model = model_id_, .id = id, .name = name, .arguments = canonical},
                         wire::unescaped(call.signature), clock_.now().steady);
  }
  const auto escaped = wire::escaped(call.arguments);
  // A call comes whole, so its place in the answer is its index; ids are missing before Gemini 3.
  const std::array fragments{chat::ToolCallFragment{
      .index = candidate.calls, .id = call.id, .name = call.name, .arguments = escaped}};
  ++candidate.calls;
  candidate.has_payload = true;
  chat::Delta delta;
  delta.choice = index;
  delta.tool_calls = fragments;
  out.on_delta(delta);
}

Status Decoder::end_candidate(std::uint32_t index, Candidate& candidate, std::string_view reason,
                              chat::DeltaSink& out) {
  candidate.ended = true;
  const auto end = candidate_end(reason);
  if (end.ending == Ending::broken) {
    return fail(chat::FailureClass::dead_turn,
                "the model gave up its turn: finishReason " + std::string{reason});
  }
  if (end.ending == Ending::withheld && !candidate.has_payload) return blocked(reason);
  chat::Delta delta;
  delta.choice = index;
  delta.finish = end.finish;
  // Gemini says STOP for calls as well.
  if (end.finish == chat::FinishReason::stop && candidate.calls > 0) {
    delta.finish = chat::FinishReason::tool_calls;
  }
  out.on_delta(delta);
  return {};
}

Status Decoder::blocked(std::string_view reason) {
  return fail(chat::FailureClass::content_policy,
              "Google refused the content: " + std::string{reason});
}

Status Decoder::on_end(chat::DeltaSink&) {
  const bool any_ended = std::any_of(candidates_.begin(), candidates_.end(),
                                     [](const auto& entry) { return entry.second.ended; });
  if (any_ended) return {};
  if (candidates_.empty() && body() == BodyKind::json) {
    return fail(chat::FailureClass::dead_turn, "the answer holds no candidates");
  }
  return fail(chat::FailureClass::provider_error, "the answer ended without a finishReason");
}

}  // namespace freellm::provider::google
