#include "dialect/openai_pieces.hpp"

#include "core/answer.hpp"

namespace simulator {

std::string_view finish_word(Finish finish) {
  switch (finish) {
    case Finish::length:
      return "length";
    case Finish::tool_calls:
      return "tool_calls";
    case Finish::content_filter:
      return "content_filter";
    case Finish::stop:
      break;
  }
  return "stop";
}

std::string completion_id(const RenderContext& context) {
  // Ollama counts; its ids repeat after a restart.
  if (context.platform.slug == "ollama") return "chatcmpl-" + std::to_string(context.serial % 1000);
  return make_id(context.platform.style.id_prefix, 26, context.serial);
}

std::string call_id(const RenderContext& context, std::size_t index) {
  const auto seed = context.serial * 1000 + index;
  if (context.platform.slug == "mistral") return make_id("", 9, seed);
  if (context.platform.slug == "cohere") return make_id("call_", 12, seed);
  return make_id("call_", 24, seed);
}

Json finish_reason_of(const Turn& turn, const RenderContext& context) {
  if (!context.options.finish_reason.empty()) return context.options.finish_reason;
  if (turn.finish == Finish::content_filter && context.platform.slug == "zhipu") return "sensitive";
  return std::string{finish_word(turn.finish)};
}

Json usage_of(const Turn& turn, const RenderContext& context) {
  if (context.options.usage == "zero")
    return {{"prompt_tokens", 0}, {"completion_tokens", 0}, {"total_tokens", 0}};
  Json usage{{"prompt_tokens", turn.prompt_tokens},
             {"completion_tokens", turn.completion_tokens()},
             {"total_tokens", turn.total_tokens()}};
  const auto slug = context.platform.slug;
  if (turn.reasoning_tokens > 0 && slug != "ollama" && slug != "mistral")
    usage["completion_tokens_details"] = {{"reasoning_tokens", turn.reasoning_tokens}};
  if (slug == "groq") {
    usage["queue_time"] = 0.018;
    usage["prompt_time"] = 0.002;
    usage["completion_time"] = 0.05;
    usage["total_time"] = 0.052;
  }
  if (slug == "openrouter" || slug == "kilo") usage["cost"] = 0;
  if (slug == "sambanova") {
    usage["time_to_first_token"] = 0.09;
    usage["completion_tokens_per_sec"] = 412.7;
    usage["total_latency"] = 0.21;
  }
  return usage;
}

Json thinking_part(const std::string& text) {
  return {{"type", "thinking"},
          {"thinking", Json::array({{{"type", "text"}, {"text", text}}})},
          {"closed", true}};
}

void decorate(Json& body, const RenderContext& context) {
  const auto slug = context.platform.slug;
  if (slug == "groq") {
    body["x_groq"] = {{"id", make_id("req_", 26, context.serial * 31 + 7)}};
    body["service_tier"] = "on_demand";
  } else if (slug == "cerebras") {
    body["system_fingerprint"] = make_id("fp_", 20, 20);
    body["time_info"] = {
        {"queue_time", 0.0001}, {"total_time", 0.02}, {"created", context.created}};
  } else if (slug == "openrouter" || slug == "kilo") {
    body["provider"] = "Simulated";
  } else if (slug == "github") {
    body["prompt_filter_results"] = Json::array();
  } else if (slug == "zhipu") {
    body["request_id"] = make_id("", 32, context.serial + 9);
  }
}

}  // namespace simulator
