#include "core/answer.hpp"
#include "dialect/dialect.hpp"
#include "dialect/openai_pieces.hpp"

namespace simulator {
namespace {

/// Builds the chunks of one stream in the platform's manner.
class StreamWriter {
 public:
  StreamWriter(const Turn& turn, const RenderContext& context)
      : turn_(turn), context_(context), style_(context.platform.style) {
    finish_ = finish_reason_of(turn, context);
  }

  std::vector<StreamEvent> write() {
    prelude();
    reasoning();
    content();
    calls();
    ending();
    return std::move(events_);
  }

 private:
  Json chunk(Json choices) const {
    Json chunk{{"id", completion_id(context_)},
               {"object", "chat.completion.chunk"},
               {"created", context_.created},
               {"model", context_.prompt.model}};
    if (style_.names_provider) chunk["provider"] = "Simulated";
    chunk["choices"] = std::move(choices);
    return chunk;
  }

  Json choice(Json delta, const Json& finish) const {
    if (style_.role_in_every_delta || context_.options.repeat_role) delta["role"] = "assistant";
    Json choice{{"index", 0}, {"delta", std::move(delta)}};
    const bool is_left_out = style_.omits_null_finish && finish.is_null();
    if (!is_left_out && !context_.options.no_finish) choice["finish_reason"] = finish;
    if (style_.names_provider) choice["native_finish_reason"] = finish;
    return choice;
  }

  void push(Json chunk, int tokens) {
    const bool announces_usage = style_.usage == StreamUsage::when_asked &&
                                 context_.prompt.include_usage && !chunk.contains("usage");
    if (announces_usage) chunk["usage"] = nullptr;
    if (style_.pads)
      chunk["p"] =
          std::string("abcdefghijklmnopqrstuvwxyz0123456789").substr(0, events_.size() * 7 % 36);
    events_.push_back({sse_data(chunk), tokens});
  }

  void push_delta(Json delta, int tokens, const Json& finish = nullptr) {
    auto whole = chunk(Json::array({choice(std::move(delta), finish)}));
    if (context_.options.usage == "on_content") whole["usage"] = usage_of(turn_, context_);
    push(std::move(whole), tokens);
  }

  void prelude() {
    if (style_.sends_comments)
      for (int i = 0; i < 2; ++i) events_.push_back({": OPENROUTER PROCESSING\n\n", 0});
    if (style_.azure_prelude) {
      auto first = chunk(Json::array());
      first["prompt_filter_results"] =
          Json::array({{{"prompt_index", 0}, {"content_filter_results", Json::object()}}});
      push(std::move(first), 0);
    }
    Json opening{{"role", "assistant"}, {"content", ""}};
    auto whole = chunk(Json::array({choice(std::move(opening), nullptr)}));
    if (style_.usage == StreamUsage::groq) whole["x_groq"] = {{"id", request_id()}};
    push(std::move(whole), 0);
  }

  void reasoning() {
    if (turn_.reasoning.empty() || style_.reasoning == ReasoningForm::none) return;
    const auto form = style_.reasoning;
    if (form == ReasoningForm::think_tags) push_delta({{"content", "<think>\n"}}, 0);
    for (const auto& piece : in_pieces(turn_.reasoning)) {
      if (form == ReasoningForm::think_tags) {
        push_delta({{"content", piece}}, 1);
      } else if (form == ReasoningForm::parts) {
        push_delta({{"content", Json::array({thinking_part(piece)})}}, 1);
      } else {
        const char* field = form == ReasoningForm::reasoning ? "reasoning" : "reasoning_content";
        Json delta{{field, piece}};
        if (form == ReasoningForm::reasoning) delta["content"] = "";
        push_delta(std::move(delta), 1);
      }
    }
    if (form == ReasoningForm::think_tags) push_delta({{"content", "\n</think>\n\n"}}, 0);
  }

  void content() {
    const auto pieces = in_pieces(turn_.text);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const bool is_last = i + 1 == pieces.size() && turn_.calls.empty();
      if (is_last && style_.finish_with_content) {
        auto whole = chunk(Json::array({choice({{"content", pieces[i]}}, finish_)}));
        add_usage(whole);
        push(std::move(whole), 1);
        is_finished_ = true;
      } else {
        push_delta({{"content", pieces[i]}}, 1);
      }
    }
  }

  void calls() {
    for (std::size_t i = 0; i < turn_.calls.size(); ++i) {
      const auto& call = turn_.calls[i];
      const auto arguments = call.arguments.dump();
      const auto index = context_.options.split_calls_badly ? 0 : static_cast<int>(i);
      Json opening{{"index", index}};
      if (!context_.options.no_call_ids) opening["id"] = call_id(context_, i);
      opening["type"] = "function";
      opening["function"] = {{"name", call.name},
                             {"arguments", style_.whole_tool_calls ? arguments : ""}};
      push_delta({{"tool_calls", Json::array({std::move(opening)})}}, 2);
      if (style_.whole_tool_calls) continue;
      for (std::size_t at = 0; at < arguments.size(); at += 6)
        push_delta({{"tool_calls",
                     Json::array({{{"index", index},
                                   {"function", {{"arguments", arguments.substr(at, 6)}}}}})}},
                   1);
      if (style_.null_tool_sentinel)
        push_delta(
            {{"tool_calls", Json::array({{{"index", index},
                                          {"id", nullptr},
                                          {"type", nullptr},
                                          {"function", {{"name", nullptr}, {"arguments", ""}}}}})}},
            0);
    }
  }

  void add_usage(Json& chunk) const {
    const auto& wish = context_.options.usage;
    if (wish == "none") return;
    const auto usage = usage_of(turn_, context_);
    if (style_.usage == StreamUsage::on_finish) chunk["usage"] = usage;
    if (style_.usage == StreamUsage::groq) {
      chunk["x_groq"] = {{"id", request_id()}, {"usage", usage}};
      if (!context_.prompt.include_usage) chunk["usage"] = usage;
    }
  }

  void ending() {
    if (!is_finished_) {
      Json last = style_.role_in_every_delta ? Json{{"content", ""}} : Json::object();
      auto whole = chunk(Json::array({choice(last, finish_)}));
      add_usage(whole);
      push(whole, 0);
      if (style_.usage == StreamUsage::after_finish && context_.options.usage != "none") {
        whole["usage"] = usage_of(turn_, context_);
        push(std::move(whole), 0);
      }
    }
    usage_chunk();
    if (!context_.options.no_done) events_.push_back({"data: [DONE]\n\n", 0});
  }

  void usage_chunk() {
    const auto& wish = context_.options.usage;
    const bool is_asked =
        context_.prompt.include_usage &&
        (style_.usage == StreamUsage::when_asked || style_.usage == StreamUsage::groq);
    const bool is_due = is_asked || style_.usage == StreamUsage::always_own || wish == "always" ||
                        wish == "null_choices" || wish == "without_choices";
    if (!is_due || wish == "none") return;
    auto last = chunk(wish == "null_choices" ? Json(nullptr) : Json::array());
    if (wish == "without_choices") last.erase("choices");
    last["usage"] = usage_of(turn_, context_);
    push(std::move(last), 0);
  }

  std::string request_id() const { return make_id("req_", 26, context_.serial * 31 + 7); }

  const Turn& turn_;
  const RenderContext& context_;
  const OpenAiStyle& style_;
  Json finish_;
  bool is_finished_ = false;
  std::vector<StreamEvent> events_;
};

Json message_of(const Turn& turn, const RenderContext& context) {
  const auto& style = context.platform.style;
  Json message{{"role", "assistant"}};
  auto text = turn.text;
  if (!turn.reasoning.empty() && style.reasoning == ReasoningForm::think_tags)
    text = "<think>\n" + turn.reasoning + "\n</think>\n\n" + text;
  message["content"] =
      text.empty() && !turn.calls.empty() && style.reasoning != ReasoningForm::reasoning
          ? Json(nullptr)
          : Json(text);
  if (context.platform.slug == "groq" && text.empty() && !turn.calls.empty())
    message.erase("content");
  if (!turn.reasoning.empty() && style.reasoning == ReasoningForm::parts)
    message["content"] =
        Json::array({thinking_part(turn.reasoning), {{"type", "text"}, {"text", text}}});
  if (!turn.reasoning.empty() && style.reasoning == ReasoningForm::reasoning)
    message["reasoning"] = turn.reasoning;
  if (!turn.reasoning.empty() && style.reasoning == ReasoningForm::reasoning_content)
    message["reasoning_content"] = turn.reasoning;
  if (turn.calls.empty()) {
    if (style.reasoning == ReasoningForm::parts) message["tool_calls"] = nullptr;
    return message;
  }
  auto& calls = message["tool_calls"] = Json::array();
  for (std::size_t i = 0; i < turn.calls.size(); ++i) {
    Json call{{"id", call_id(context, i)}};
    if (context.options.no_call_ids) call.erase("id");
    if (style.index_in_message_calls) call["index"] = i;
    call["type"] = "function";
    call["function"] = {{"name", turn.calls[i].name},
                        {"arguments", turn.calls[i].arguments.dump()}};
    calls.push_back(std::move(call));
  }
  return message;
}

}  // namespace

std::string to_text(const Json& json) {
  // A prompt cut inside a character must not throw here.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string sse_data(const Json& json) { return "data: " + to_text(json) + "\n\n"; }

Reply render_openai(const Turn& turn, const RenderContext& context) {
  Reply reply;
  if (context.prompt.stream) {
    reply.is_stream = true;
    reply.content_type = context.platform.style.stream_type;
    reply.headers.emplace_back("cache-control", "no-cache");
    reply.events = StreamWriter{turn, context}.write();
    return reply;
  }
  Json choice{{"index", 0}, {"message", message_of(turn, context)}};
  if (!context.options.no_finish) choice["finish_reason"] = finish_reason_of(turn, context);
  if (context.platform.style.names_provider)
    choice["native_finish_reason"] = finish_reason_of(turn, context);
  Json body{{"id", completion_id(context)},
            {"object", "chat.completion"},
            {"created", context.created},
            {"model", context.prompt.model},
            {"choices", Json::array({std::move(choice)})}};
  if (context.options.usage != "none") body["usage"] = usage_of(turn, context);
  decorate(body, context);
  reply.body = to_text(body);
  return reply;
}

}  // namespace simulator
