// Gemini's generateContent and streamGenerateContent. Facts: ai.google.dev and recorded answers,
// 2026-11.

#include "core/answer.hpp"
#include "dialect/dialect.hpp"
#include "dialect/google_names.hpp"

namespace simulator {
namespace {

void read_part(const Json& part, Prompt& prompt) {
  if (const auto* text = member(part, "text"); text != nullptr && text->is_string()) {
    prompt.last_user += text->get<std::string>();
  } else if (const auto* data = member(part, "inlineData")) {
    const auto* kind = member(*data, "mimeType");
    prompt.images.push_back(image_from_base64(kind == nullptr ? "" : kind->get<std::string>(),
                                              data->value("data", "")));
  } else if (const auto* result = member(part, "functionResponse")) {
    prompt.tool_results.push_back(to_text(result->at("response")));
  }
}

void read_contents(const Json& contents, Prompt& prompt) {
  for (const auto& content : contents) {
    const auto role = content.value("role", "user");
    prompt.prompt_tokens += 4;
    const auto parts = content.find("parts");
    if (parts == content.end()) continue;
    const bool has_results = std::any_of(parts->begin(), parts->end(), [](const Json& part) {
      return member(part, "functionResponse") != nullptr;
    });
    prompt.tool_results.clear();
    if (role == "user" && !has_results) {
      prompt.last_user.clear();
      prompt.images.clear();
    }
    for (const auto& part : *parts) {
      if (role == "user") read_part(part, prompt);
      if (const auto* text = member(part, "text"); text != nullptr && text->is_string())
        prompt.prompt_tokens += count_tokens(text->get<std::string>());
    }
  }
  prompt.prompt_tokens += 258 * static_cast<std::int64_t>(prompt.images.size());
}

void read_tools(const Json& body, Prompt& prompt) {
  if (const auto* tools = member(body, "tools"))
    for (const auto& tool : *tools)
      if (const auto* functions = member(tool, "functionDeclarations"))
        for (const auto& function : *functions) {
          const auto* schema = member(function, "parameters");
          if (schema == nullptr) schema = member(function, "parametersJsonSchema");
          prompt.tools.push_back(
              {function.value("name", ""), schema == nullptr ? Json() : *schema});
        }
  const auto* config = member(body, "toolConfig");
  const auto* calling = config == nullptr ? nullptr : member(*config, "functionCallingConfig");
  if (calling == nullptr) return;
  const auto mode = calling->value("mode", "AUTO");
  const auto* allowed = member(*calling, "allowedFunctionNames");
  if (mode == "NONE") prompt.tool_choice = ToolChoice::none;
  if (mode != "ANY") return;
  prompt.tool_choice = ToolChoice::required;
  if (allowed != nullptr && !allowed->empty()) {
    prompt.tool_choice = ToolChoice::named;
    prompt.named_tool = allowed->front().get<std::string>();
  }
}

void read_generation_config(const Json& config, Prompt& prompt) {
  if (const auto* bound = member(config, "maxOutputTokens"); bound != nullptr && bound->is_number())
    prompt.max_tokens = bound->get<std::int64_t>();
  if (const auto* mime = member(config, "responseMimeType"))
    prompt.wants_json = *mime == "application/json";
  for (const char* name : {"responseSchema", "responseJsonSchema"})
    if (const auto* schema = member(config, name)) prompt.answer_schema = *schema;
  const auto* thinking = member(config, "thinkingConfig");
  if (thinking == nullptr) return;
  const auto* shows = member(*thinking, "includeThoughts");
  prompt.wants_thoughts = shows != nullptr && shows->is_boolean() && shows->get<bool>();
  const auto* budget = member(*thinking, "thinkingBudget");
  prompt.disables_reasoning = budget != nullptr && *budget == 0;
}

bool is_gemini3(std::string_view model) { return model.find("gemini-3") != std::string_view::npos; }

/// Builds candidates, whole or in events.
class GoogleWriter {
 public:
  GoogleWriter(const Turn& turn, const RenderContext& context) : turn_(turn), context_(context) {}

  [[nodiscard]] Json whole() const {
    Json parts = Json::array();
    if (shows_thoughts()) parts.push_back({{"text", turn_.reasoning}, {"thought", true}});
    if (!turn_.text.empty()) parts.push_back({{"text", turn_.text}});
    for (std::size_t i = 0; i < turn_.calls.size(); ++i) parts.push_back(call_part(i));
    return event(std::move(parts), true, turn_.answer_tokens);
  }

  [[nodiscard]] std::vector<StreamEvent> events() const {
    std::vector<std::pair<Json, int>> parts;
    if (shows_thoughts())
      for (const auto& piece : in_pieces(turn_.reasoning))
        parts.push_back({{{"text", piece}, {"thought", true}}, 1});
    for (const auto& piece : in_pieces(turn_.text)) parts.push_back({{{"text", piece}}, 1});
    for (std::size_t i = 0; i < turn_.calls.size(); ++i) parts.push_back({call_part(i), 4});
    // A call is followed by an event with empty text that carries the finish.
    if (!turn_.calls.empty() || parts.empty()) parts.push_back({{{"text", ""}}, 0});
    std::vector<StreamEvent> events;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool is_last = i + 1 == parts.size();
      const auto so_far = turn_.answer_tokens * static_cast<std::int64_t>(i + 1) /
                          static_cast<std::int64_t>(parts.size());
      const auto json = event(Json::array({parts[i].first}), is_last, so_far);
      events.push_back({framed(json, i == 0, is_last), parts[i].second});
    }
    return events;
  }

 private:
  [[nodiscard]] bool shows_thoughts() const {
    return context_.prompt.wants_thoughts && !turn_.reasoning.empty();
  }

  [[nodiscard]] Json call_part(std::size_t i) const {
    Json call{{"name", turn_.calls[i].name}, {"args", turn_.calls[i].arguments}};
    if (!is_gemini3(context_.prompt.model)) return {{"functionCall", std::move(call)}};
    if (!context_.options.no_call_ids) call["id"] = make_id("call_", 6, context_.serial * 1000 + i);
    Json part{{"functionCall", std::move(call)}};
    // Only the first call of a parallel set is signed.
    if (i == 0)
      part["thoughtSignature"] = std::string{kSignaturePrefix} + make_id("", 40, context_.serial);
    return part;
  }

  [[nodiscard]] Json usage(std::int64_t answer_tokens) const {
    Json usage{{"promptTokenCount", turn_.prompt_tokens}};
    if (answer_tokens > 0) usage["candidatesTokenCount"] = answer_tokens;
    usage["totalTokenCount"] = turn_.prompt_tokens + turn_.reasoning_tokens + answer_tokens;
    usage["promptTokensDetails"] =
        Json::array({{{"modality", "TEXT"}, {"tokenCount", turn_.prompt_tokens}}});
    if (turn_.reasoning_tokens > 0) usage["thoughtsTokenCount"] = turn_.reasoning_tokens;
    return usage;
  }

  [[nodiscard]] Json event(Json parts, bool is_last, std::int64_t answer_tokens) const {
    Json content{{"parts", std::move(parts)}, {"role", "model"}};
    // A budget eaten by thinking leaves a content without parts.
    const bool is_empty = turn_.text.empty() && turn_.calls.empty();
    if (is_last && is_empty && turn_.finish == Finish::length) content.erase("parts");
    Json candidate{{"content", std::move(content)}};
    if (is_last && !context_.options.no_finish) candidate["finishReason"] = finish_reason();
    if (is_last && !turn_.calls.empty())
      candidate["finishMessage"] = "Model generated function call(s).";
    candidate["index"] = 0;
    Json event{{"candidates", Json::array({std::move(candidate)})}};
    if (context_.options.usage != "none") event["usageMetadata"] = usage(answer_tokens);
    event["modelVersion"] = context_.prompt.model;
    event["responseId"] = make_id("", 22, context_.serial);
    return event;
  }

  [[nodiscard]] std::string finish_reason() const {
    if (!context_.options.finish_reason.empty()) return context_.options.finish_reason;
    if (turn_.finish == Finish::length) return "MAX_TOKENS";
    return turn_.finish == Finish::content_filter ? "SAFETY" : "STOP";
  }

  [[nodiscard]] std::string framed(const Json& json, bool is_first, bool is_last) const {
    if (context_.prompt.streams_array)
      return std::string{is_first ? "[" : ",\r\n"} + to_text(json) + (is_last ? "]" : "");
    return "data: " + to_text(json) + "\r\n\r\n";
  }

  const Turn& turn_;
  const RenderContext& context_;
};

}  // namespace

Prompt parse_google(const Json& body, std::string_view model) {
  Prompt prompt;
  prompt.platform = "google";
  prompt.model = model;
  if (const auto* contents = member(body, "contents")) read_contents(*contents, prompt);
  if (const auto* system = member(body, "systemInstruction")) {
    prompt.system = to_text(*system);
    prompt.prompt_tokens += count_tokens(prompt.system);
  }
  read_tools(body, prompt);
  if (const auto* config = member(body, "generationConfig"))
    read_generation_config(*config, prompt);
  return prompt;
}

Reply render_google(const Turn& turn, const RenderContext& context) {
  Reply reply;
  const GoogleWriter writer{turn, context};
  reply.content_type = "application/json; charset=UTF-8";
  if (context.prompt.stream) {
    reply.is_stream = true;
    if (!context.prompt.streams_array) reply.content_type = "text/event-stream";
    reply.events = writer.events();
  } else {
    reply.body = to_text(writer.whole());
  }
  return reply;
}

}  // namespace simulator
