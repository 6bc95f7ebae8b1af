// Ollama's native /api/chat: one JSON per line. Facts: docs.ollama.com and recorded answers,
// 2026-11.

#include "dialect/dialect.hpp"
#include "dialect/rules_by_platform.hpp"

namespace simulator {
namespace {

Json line(const RenderContext& context, Json message, bool is_done) {
  return {{"model", context.prompt.model},
          {"created_at", "2026-11-23T12:00:00.000000Z"},
          {"message", std::move(message)},
          {"done", is_done}};
}

Json said(const std::string& text) { return {{"role", "assistant"}, {"content", text}}; }

Json calls_of(const Turn& turn) {
  Json calls = Json::array();
  for (const auto& call : turn.calls)
    calls.push_back({{"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  return calls;
}

void add_ending(const Turn& turn, Json& last) {
  last["done_reason"] = turn.finish == Finish::length ? "length" : "stop";
  last["total_duration"] = 812000000;
  last["prompt_eval_count"] = turn.prompt_tokens;
  last["eval_count"] = turn.completion_tokens();
}

}  // namespace

Prompt parse_ollama(const Json& body, const Platform& platform) {
  auto prompt = parse_openai(body, platform);
  prompt.stream = body.value("stream", true);
  for (const auto& message : body.at("messages"))
    if (const auto images = message.find("images"); images != message.end() && images->is_array())
      for (const auto& image : *images)
        prompt.images.push_back(image_from_base64("image", image.get<std::string>()));
  if (const auto format = body.find("format"); format != body.end()) {
    if (format->is_object()) prompt.answer_schema = *format;
    if (*format == "json") prompt.wants_json = true;
  }
  if (const auto options = body.find("options"); options != body.end() && options->is_object())
    prompt.max_tokens = std::max<std::int64_t>(0, options->value("num_predict", 0));
  if (const auto think = body.find("think"); think != body.end() && think->is_boolean())
    prompt.disables_reasoning = !think->get<bool>();
  return prompt;
}

Reply render_ollama(const Turn& turn, const RenderContext& context) {
  Reply reply;
  if (!context.prompt.stream) {
    auto message = said(turn.text);
    if (!turn.reasoning.empty()) message["thinking"] = turn.reasoning;
    if (!turn.calls.empty()) message["tool_calls"] = calls_of(turn);
    auto whole = line(context, std::move(message), true);
    add_ending(turn, whole);
    reply.body = to_text(whole);
    return reply;
  }
  reply.is_stream = true;
  reply.content_type = "application/x-ndjson";
  const auto push = [&](const Json& json, int tokens) {
    reply.events.push_back({to_text(json) + "\n", tokens});
  };
  for (const auto& piece : in_pieces(turn.reasoning)) {
    auto message = said("");
    message["thinking"] = piece;
    push(line(context, std::move(message), false), 1);
  }
  for (const auto& piece : in_pieces(turn.text)) push(line(context, said(piece), false), 1);
  if (!turn.calls.empty()) {
    auto message = said("");
    message["tool_calls"] = calls_of(turn);
    push(line(context, std::move(message), false), 4);
  }
  auto last = line(context, said(""), true);
  add_ending(turn, last);
  push(last, 0);
  return reply;
}

}  // namespace simulator
