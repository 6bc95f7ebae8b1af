// Cohere's native v2 chat. Facts: docs.cohere.com and recorded answers, 2026-11.

#include "core/answer.hpp"
#include "dialect/dialect.hpp"
#include "dialect/rules_by_platform.hpp"

namespace simulator {
namespace {

std::string finish_of(const Turn& turn, const RenderContext& context) {
  if (!context.options.finish_reason.empty()) return context.options.finish_reason;
  switch (turn.finish) {
    case Finish::length:
      return "MAX_TOKENS";
    case Finish::tool_calls:
      return "TOOL_CALL";
    case Finish::content_filter:
      return "ERROR_TOXIC";
    case Finish::stop:
      break;
  }
  return "COMPLETE";
}

Json usage_of_cohere(const Turn& turn) {
  // Billed units leave out the hidden preamble.
  return {
      {"billed_units",
       {{"input_tokens", turn.prompt_tokens}, {"output_tokens", turn.completion_tokens()}}},
      {"tokens",
       {{"input_tokens", turn.prompt_tokens + 496}, {"output_tokens", turn.completion_tokens()}}},
      {"cached_tokens", 0}};
}

std::string cohere_call_id(const Turn& turn, const RenderContext& context, std::size_t i) {
  return turn.calls[i].name + "_" + make_id("", 12, context.serial * 1000 + i);
}

/// "null" is how Cohere writes the arguments of a call without any.
std::string arguments_of(const ToolCall& call) {
  return call.arguments.empty() ? "null" : call.arguments.dump();
}

constexpr std::string_view kPlan = "I will use the tool that fits.";

class CohereStream {
 public:
  CohereStream(const Turn& turn, const RenderContext& context) : turn_(turn), context_(context) {}

  std::vector<StreamEvent> write() {
    push("message-start", {{"id", make_id("", 36, context_.serial)}},
         {{"message",
           {{"role", "assistant"},
            {"content", Json::array()},
            {"tool_plan", ""},
            {"tool_calls", Json::array()},
            {"citations", Json::array()}}}});
    int index = 0;
    if (!turn_.reasoning.empty()) block("thinking", turn_.reasoning, index++);
    if (!turn_.text.empty()) block("text", turn_.text, index++);
    if (!turn_.calls.empty())
      for (const auto& piece : in_pieces(kPlan))
        push("tool-plan-delta", {}, {{"message", {{"tool_plan", piece}}}}, 1);
    for (std::size_t i = 0; i < turn_.calls.size(); ++i) call(i);
    Json end = Json::object();
    if (!context_.options.no_finish) end["finish_reason"] = finish_of(turn_, context_);
    if (context_.options.usage != "none") end["usage"] = usage_of_cohere(turn_);
    push("message-end", {}, std::move(end));
    if (!context_.options.no_done) events_.push_back({"data: [DONE]\n\n", 0});
    return std::move(events_);
  }

 private:
  void push(const std::string& type, Json extra, Json delta, int tokens = 0) {
    Json body = Json::object();
    if (extra.contains("id")) body["id"] = extra["id"];
    body["type"] = type;
    if (extra.contains("index")) body["index"] = extra["index"];
    if (!delta.is_null()) body["delta"] = std::move(delta);
    events_.push_back({"event: " + type + "\n" + sse_data(body), tokens});
  }

  void block(const std::string& type, const std::string& text, int index) {
    push("content-start", {{"index", index}},
         {{"message", {{"content", {{"type", type}, {type, ""}}}}}});
    for (const auto& piece : in_pieces(text))
      push("content-delta", {{"index", index}}, {{"message", {{"content", {{type, piece}}}}}}, 1);
    push("content-end", {{"index", index}}, nullptr);
  }

  void call(std::size_t i) {
    const auto& call = turn_.calls[i];
    push("tool-call-start", {{"index", i}},
         {{"message",
           {{"tool_calls",
             {{"id", cohere_call_id(turn_, context_, i)},
              {"type", "function"},
              {"function", {{"name", call.name}, {"arguments", ""}}}}}}}});
    // A call without arguments never sends a delta.
    const auto arguments = call.arguments.empty() ? "" : call.arguments.dump();
    for (std::size_t at = 0; at < arguments.size(); at += 6)
      push(
          "tool-call-delta", {{"index", i}},
          {{"message", {{"tool_calls", {{"function", {{"arguments", arguments.substr(at, 6)}}}}}}}},
          1);
    push("tool-call-end", {{"index", i}}, nullptr);
  }

  const Turn& turn_;
  const RenderContext& context_;
  std::vector<StreamEvent> events_;
};

Json whole_message(const Turn& turn, const RenderContext& context) {
  Json message{{"role", "assistant"}};
  Json content = Json::array();
  if (!turn.reasoning.empty())
    content.push_back({{"type", "thinking"}, {"thinking", turn.reasoning}});
  if (!turn.text.empty()) content.push_back({{"type", "text"}, {"text", turn.text}});
  if (turn.calls.empty()) {
    message["content"] = std::move(content);
    return message;
  }
  message["tool_plan"] = kPlan;
  auto& calls = message["tool_calls"] = Json::array();
  for (std::size_t i = 0; i < turn.calls.size(); ++i)
    calls.push_back(
        {{"id", cohere_call_id(turn, context, i)},
         {"type", "function"},
         {"function", {{"name", turn.calls[i].name}, {"arguments", arguments_of(turn.calls[i])}}}});
  return message;
}

}  // namespace

Prompt parse_cohere(const Json& body, const Platform& platform) {
  auto prompt = parse_openai(body, platform);
  if (const auto choice = body.find("tool_choice"); choice != body.end()) {
    if (*choice == "REQUIRED") prompt.tool_choice = ToolChoice::required;
    if (*choice == "NONE") prompt.tool_choice = ToolChoice::none;
  }
  const auto format = body.find("response_format");
  if (format != body.end() && format->is_object())
    for (const char* name : {"json_schema", "schema"})
      if (format->contains(name)) prompt.answer_schema = format->at(name);
  return prompt;
}

Reply render_cohere(const Turn& turn, const RenderContext& context) {
  Reply reply;
  if (context.prompt.stream) {
    reply.is_stream = true;
    reply.content_type = "text/event-stream";
    reply.events = CohereStream{turn, context}.write();
    return reply;
  }
  Json body{{"id", make_id("", 36, context.serial)}};
  if (!context.options.no_finish) body["finish_reason"] = finish_of(turn, context);
  body["message"] = whole_message(turn, context);
  if (context.options.usage != "none") body["usage"] = usage_of_cohere(turn);
  reply.body = to_text(body);
  return reply;
}

}  // namespace simulator
