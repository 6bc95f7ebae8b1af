// What each kind of fault does to the turn, the reply and the script.

#include <algorithm>

#include "core/faults.hpp"

namespace simulator {
namespace {

/// A tool call as models write it into text when their parser slips.
std::string call_as_text(const ToolCall& call, std::string_view form) {
  const auto arguments = call.arguments.dump();
  const Json whole{{"name", call.name}, {"arguments", call.arguments}};
  if (form == "function") return "<function=" + call.name + ">" + arguments + "</function>";
  if (form == "function_open") return "<function=" + call.name + arguments + "</function>";
  if (form == "kimi")
    return "<|tool_calls_section_begin|><|tool_call_begin|>functions." + call.name +
           ":0<|tool_call_argument_begin|>" + arguments +
           "<|tool_call_end|><|tool_calls_section_end|>";
  if (form == "json") return whole.dump();
  if (form == "fenced") return "```json\n" + whole.dump(2) + "\n```";
  return "<tool_call>\n" + whole.dump() + "\n</tool_call>";
}

void write_calls_as_text(std::string_view form, Turn& turn) {
  for (const auto& call : turn.calls) turn.text += call_as_text(call, form);
  turn.calls.clear();
  turn.finish = Finish::stop;
}

void insert_event(const Fault& fault, std::string bytes, Reply& reply) {
  const auto after = static_cast<std::size_t>(fault.spec.value("after_events", 2));
  const auto at = std::min(after, reply.events.size());
  reply.events.insert(reply.events.begin() + static_cast<std::ptrdiff_t>(at),
                      {std::move(bytes), 0});
  if (fault.spec.value("then_stop", true)) reply.events.resize(at + 1);
}

std::string error_event(const Fault& fault, std::string_view slug) {
  if (const auto data = fault.spec.find("data"); data != fault.spec.end())
    return "data: " + (data->is_string() ? data->get<std::string>() : data->dump()) + "\n\n";
  return in_band_error(slug, fault.spec.value("message", "The model crashed mid-answer."),
                       fault.spec.value("code", 502));
}

void drip(Script& script, std::size_t bytes, Millis wait) {
  std::vector<Step> steps;
  for (const auto& step : script.steps)
    for (std::size_t at = 0; at < step.bytes.size(); at += bytes)
      steps.push_back({step.bytes.substr(at, bytes), at == 0 ? std::max(step.wait, wait) : wait});
  script.steps = std::move(steps);
}

/// Keeps the head and `events` writes of the body, then ends as told.
void end_early(const Fault& fault, Ending ending, Script& script) {
  const auto keep = 1 + static_cast<std::size_t>(fault.spec.value("after_events", 2));
  if (script.steps.size() > keep) script.steps.resize(keep);
  script.ending = ending;
}

/// Cuts inside the first multi-byte character of the body.
void cut_mid_utf8(Script& script) {
  script.ending = Ending::close;
  for (std::size_t i = 0; i < script.steps.size(); ++i) {
    auto& bytes = script.steps[i].bytes;
    const auto at = std::find_if(bytes.begin(), bytes.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) == 0xC0U;
    });
    if (at == bytes.end()) continue;
    bytes.resize(static_cast<std::size_t>(at - bytes.begin()) + 1);
    script.steps.resize(i + 1);
    return;
  }
}

/// Sends only the head; a whole body goes out in one step, so it is cut out of it.
void keep_head_only(Ending ending, std::size_t extra_bytes, Script& script) {
  script.steps.resize(1);
  auto& bytes = script.steps.front().bytes;
  const auto head = bytes.find("\r\n\r\n");
  bytes.resize(std::min(bytes.size(), head + 4 + extra_bytes));
  script.ending = ending;
}

void bend_one(const Fault& fault, Script& script) {
  const auto& kind = fault.kind;
  const auto wait = Millis{fault.spec.value("interval_ms", 5)};
  if (kind.ends_with("_before_head")) {
    const auto pause = script.steps.front().wait;
    script.steps = {{"", pause}};
    script.ending = kind.starts_with("reset")   ? Ending::reset
                    : kind.starts_with("close") ? Ending::close
                                                : Ending::stall;
  } else if (kind == "garbage") {
    script.steps = {{"\x16\x03\x01\x02garbage, not HTTP\r\n\r\n", Millis{0}}};
    script.ending = Ending::close;
  } else if (kind == "close_after_head") {
    keep_head_only(Ending::close, 0, script);
  } else if (kind == "reset_after_head") {
    keep_head_only(Ending::reset, 0, script);
  } else if (kind == "stall_after_head") {
    keep_head_only(Ending::stall, 0, script);
  } else if (kind == "truncated_body") {
    keep_head_only(Ending::close, static_cast<std::size_t>(fault.spec.value("bytes", 40)), script);
  } else if (kind == "cut_mid_stream") {
    end_early(fault, Ending::close, script);
  } else if (kind == "reset_mid_stream") {
    end_early(fault, Ending::reset, script);
  } else if (kind == "stall_mid_stream") {
    end_early(fault, Ending::stall, script);
  } else if (kind == "hold") {
    script.hold = fault.spec.value("every", false) ? Hold::every : Hold::once;
    script.hold_at = 1 + static_cast<std::size_t>(fault.spec.value("after_events", 2));
    script.hold_at = std::min(script.hold_at, script.steps.size());
  } else if (kind == "cut_mid_utf8") {
    cut_mid_utf8(script);
  } else if (kind == "slow_drip") {
    drip(script, static_cast<std::size_t>(std::max(1, fault.spec.value("chunk_bytes", 16))), wait);
  } else if (kind == "split") {
    drip(script, static_cast<std::size_t>(std::max(1, fault.spec.value("chunk_bytes", 7))),
         Millis{0});
  }
}

}  // namespace

void bend_turn(const Faults& faults, Turn& turn) {
  for (const auto* fault : faults) {
    const auto& kind = fault->kind;
    if (kind == "text") {
      turn.text = fault->spec.value("text", "");
      turn.calls.clear();
      turn.finish = Finish::stop;
    } else if (kind == "empty_answer") {
      turn.text.clear();
      turn.reasoning.clear();
      turn.calls.clear();
      turn.finish = Finish::stop;
    } else if (kind == "reasoning_only") {
      turn.reasoning = "Thinking took the whole budget.";
      turn.text.clear();
      turn.calls.clear();
      turn.finish = Finish::length;
    } else if (kind == "think_tags") {
      const bool is_unclosed = fault->spec.value("unclosed", false);
      turn.text = "<think>" + fault->spec.value("thought", "A quiet thought.") +
                  (is_unclosed ? "" : "</think>") + turn.text;
      turn.reasoning.clear();
    } else if (kind == "tool_text") {
      write_calls_as_text(fault->spec.value("form", "tool_call"), turn);
    }
  }
}

std::optional<Reply> failed_generation(const Faults& faults, const Turn& turn) {
  const auto* fault = find_fault(faults, "failed_generation");
  if (fault == nullptr) return std::nullopt;
  std::string raw = fault->spec.value("text", "");
  if (raw.empty() && !turn.calls.empty())
    raw = call_as_text(turn.calls.front(), fault->spec.value("form", "function"));
  Reply reply;
  reply.status = 400;
  reply.body = to_text({{"error",
                         {{"message",
                           "Failed to call a function. Please adjust your prompt. See "
                           "'failed_generation' for more details."},
                          {"type", "invalid_request_error"},
                          {"code", "tool_use_failed"},
                          {"failed_generation", raw}}}});
  return reply;
}

RenderOptions render_options(const Faults& faults) {
  RenderOptions options;
  for (const auto* fault : faults) {
    const auto& kind = fault->kind;
    if (kind == "no_done") options.no_done = true;
    if (kind == "no_finish") options.no_finish = true;
    if (kind == "repeat_role") options.repeat_role = true;
    if (kind == "calls_share_index") options.split_calls_badly = true;
    if (kind == "no_call_ids") options.no_call_ids = true;
    if (kind == "usage") options.usage = fault->spec.value("variant", "none");
    if (kind == "finish_reason") options.finish_reason = fault->spec.value("value", "stop");
  }
  return options;
}

std::optional<Reply> replacement(const Faults& faults) {
  for (const auto* fault : faults) {
    const auto& spec = fault->spec;
    Reply reply;
    if (fault->kind == "html") {
      reply.status = spec.value("status", 502);
      reply.content_type = "text/html; charset=UTF-8";
      reply.body = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>" +
                   std::to_string(reply.status) + "</h1><p>cloudflare</p></body></html>";
    } else if (fault->kind == "status") {
      reply.status = spec.value("status", 500);
      if (const auto body = spec.find("body"); body != spec.end())
        reply.body = body->is_string() ? body->get<std::string>() : body->dump();
    } else if (fault->kind == "blocked_prompt") {
      // Gemini: no candidates at all.
      reply.body = R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":)"
                   R"({"promptTokenCount":4,"totalTokenCount":4},"modelVersion":"simulated"})";
    } else if (fault->kind == "error_in_200") {
      reply.body = spec.contains("body")
                       ? spec["body"].dump()
                       : R"({"error":{"message":"Provider returned error","code":502}})";
    } else {
      continue;
    }
    reply.content_type = spec.value("content_type", reply.content_type);
    if (const auto headers = spec.find("headers"); headers != spec.end())
      for (const auto& [name, value] : headers->items())
        reply.headers.emplace_back(name, value.get<std::string>());
    return reply;
  }
  return std::nullopt;
}

void bend_reply(const Faults& faults, std::string_view slug, Reply& reply) {
  for (const auto* fault : faults) {
    const auto& kind = fault->kind;
    if (kind == "sse_error" && reply.is_stream)
      insert_event(*fault, error_event(*fault, slug), reply);
    if (kind == "malformed_event" && reply.is_stream) {
      auto copy = *fault;
      copy.spec["then_stop"] = fault->spec.value("then_stop", false);
      insert_event(copy, "data: {\"choices\":[{\"index\":0,\"delta\":{\"con\n\n", reply);
    }
    if (kind == "content_type") reply.content_type = fault->spec.value("value", "text/plain");
    if (kind == "huge_header")
      reply.headers.emplace_back(
          "x-huge", std::string(static_cast<std::size_t>(fault->spec.value("bytes", 100000)), 'h'));
  }
}

void bend_pace(const Faults& faults, Pace& pace) {
  for (const auto* fault : faults) {
    if (fault->kind == "latency") pace.before_head = Millis{fault->spec.value("delay_ms", 100)};
    if (fault->kind == "tokens_per_second")
      pace.tokens_per_second = fault->spec.value("rate", 50.0);
  }
}

void bend_script(const Faults& faults, const Reply& reply, Script& script) {
  for (const auto* fault : faults) {
    const bool needs_stream = fault->kind.ends_with("_mid_stream");
    if (needs_stream && !reply.is_stream) continue;
    bend_one(*fault, script);
  }
}

}  // namespace simulator
