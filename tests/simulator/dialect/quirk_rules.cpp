// One platform's own objections to an OpenAI-shaped request (platforms' documentation and errors
// quoted in public, 2026-11).

#include <algorithm>
#include <array>
#include <span>

#include "dialect/dialect.hpp"
#include "dialect/rules_by_platform.hpp"

namespace simulator {
namespace {

using Verdict = std::optional<Problem>;
using Names = std::span<const std::string_view>;

bool is_among(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Problem bad(std::string detail, std::string param = "") {
  return {Reason::bad_request, std::move(detail), std::move(param)};
}

Problem unknown(std::string detail, std::string param) {
  return {Reason::unknown_field, std::move(detail), std::move(param)};
}

/// First of `names` that `body` sets to something.
std::optional<std::string> first_set(const Json& body, Names names) {
  for (const auto& [name, value] : body.items())
    if (is_among(name, names) && !value.is_null()) return name;
  return std::nullopt;
}

bool has_tools(const Json& body) {
  return body.contains("tools") && body["tools"].is_array() && !body["tools"].empty();
}

std::string format_type(const Json& body) {
  const auto format = body.find("response_format");
  return format != body.end() && format->is_object() ? format->value("type", "") : "";
}

Verdict groq(const Json& body) {
  static constexpr auto kRefused =
      std::to_array<std::string_view>({"logprobs", "top_logprobs", "logit_bias", "top_k"});
  if (const auto name = first_set(body, kRefused))
    return unknown("property '" + *name + "' is unsupported", *name);
  if (body.value("n", Json(1)) != 1) return bad("n must be at most 1", "n");
  static constexpr auto kMessage = std::to_array<std::string_view>(
      {"role", "content", "name", "tool_calls", "tool_call_id", "reasoning", "channel"});
  const auto& messages = body["messages"];
  for (std::size_t i = 0; i < messages.size(); ++i)
    for (const auto& [name, value] : messages[i].items())
      if (!is_among(name, kMessage))
        return unknown("'messages." + std::to_string(i) +
                           "' : for 'role:" + messages[i].value("role", "") +
                           "' the following must be satisfied[('messages." + std::to_string(i) +
                           "' : property '" + name + "' is unsupported)]",
                       name);
  return std::nullopt;
}

Verdict cerebras(const Json& body) {
  static constexpr auto kRefused =
      std::to_array<std::string_view>({"frequency_penalty", "presence_penalty", "logit_bias"});
  if (const auto name = first_set(body, kRefused))
    return unknown("property '" + *name + "' is unsupported", *name);
  return std::nullopt;
}

Verdict github(const Json& body) {
  static constexpr auto kRefused =
      std::to_array<std::string_view>({"top_k", "min_p", "repetition_penalty"});
  if (const auto name = first_set(body, kRefused))
    return unknown("Unrecognized request argument supplied: " + *name, *name);
  for (const char* name : {"max_tokens", "max_completion_tokens"})
    if (const auto bound = body.find(name);
        bound != body.end() && bound->is_number() && *bound > 4000)
      return bad("max_tokens is too large: " + bound->dump() +
                     ". This model supports at most 4000 completion tokens.",
                 name);
  // Eight thousand tokens in, on the free tier.
  std::int64_t tokens = 0;
  for (const auto& message : body["messages"])
    if (const auto content = message.find("content"); content != message.end())
      tokens += count_tokens(content->is_string() ? content->get<std::string>() : "");
  if (has_tools(body)) tokens += count_tokens(body["tools"].dump());
  if (tokens > 8000) return Problem{Reason::request_too_large, "", ""};
  return std::nullopt;
}

Verdict sambanova(const Json& body) {
  if (body.value("n", Json(1)) != 1) return bad("n must be 1", "n");
  return std::nullopt;
}

bool is_nine_alphanumerics(const std::string& id) {
  return id.size() == 9 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

Verdict mistral_message(const Json& message, const std::string& where) {
  static constexpr auto kMessage = std::to_array<std::string_view>(
      {"role", "content", "name", "tool_calls", "tool_call_id", "prefix"});
  static constexpr auto kCall =
      std::to_array<std::string_view>({"id", "type", "function", "index"});
  for (const auto& [name, value] : message.items())
    if (!is_among(name, kMessage))
      return unknown("Extra inputs are not permitted", where + "." + name);
  const auto bad_id = [](const std::string& id) {
    return Problem{Reason::bad_tool_id,
                   "Tool call id was " + id + " but must be a-z, A-Z, 0-9, with a length of 9.",
                   ""};
  };
  if (message.value("role", "") == "tool") {
    const auto id = message.value("tool_call_id", "");
    if (!is_nine_alphanumerics(id)) return bad_id(id);
  }
  const auto calls = message.find("tool_calls");
  if (calls == message.end() || !calls->is_array()) return std::nullopt;
  for (const auto& call : *calls) {
    for (const auto& [name, value] : call.items())
      if (!is_among(name, kCall))
        return unknown("Extra inputs are not permitted", where + "." + name);
    const auto id = call.value("id", "");
    if (!is_nine_alphanumerics(id)) return bad_id(id);
  }
  return std::nullopt;
}

Verdict mistral(const Json& body) {
  static constexpr auto kTop = std::to_array<std::string_view>({"model",
                                                                "messages",
                                                                "temperature",
                                                                "top_p",
                                                                "max_tokens",
                                                                "stream",
                                                                "stop",
                                                                "random_seed",
                                                                "metadata",
                                                                "response_format",
                                                                "tools",
                                                                "tool_choice",
                                                                "presence_penalty",
                                                                "frequency_penalty",
                                                                "n",
                                                                "prediction",
                                                                "parallel_tool_calls",
                                                                "reasoning_effort",
                                                                "prompt_mode",
                                                                "safe_prompt",
                                                                "guardrails"});
  for (const auto& [name, value] : body.items())
    if (!is_among(name, kTop)) return unknown("Extra inputs are not permitted", name);
  const auto& messages = body["messages"];
  std::string before;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto role = messages[i].value("role", "");
    if (auto problem = mistral_message(messages[i], "messages." + std::to_string(i)))
      return problem;
    if (before == "tool" && role == "user") return bad("Unexpected role 'user' after role 'tool'");
    if (role == "developer") return bad("Unexpected role 'developer'");
    before = role;
  }
  if (before == "assistant" && !messages.back().value("prefix", false))
    return bad(
        "Expected last role User or Tool (or Assistant with prefix True) for serving but got "
        "assistant");
  return std::nullopt;
}

Verdict cohere(const Json& body) {
  for (const char* keyword : {"additionalProperties", "$schema"})
    if (schemas_mention(body, keyword))
      return bad("tools: parameters: unsupported key '" + std::string{keyword} + "'");
  return std::nullopt;
}

Verdict cloudflare(const Json& body) {
  const auto model = body.value("model", "");
  const bool sees = model.find("vision") != std::string::npos ||
                    model.find("llama-4") != std::string::npos ||
                    model.find("gemma-3") != std::string::npos;
  const auto& messages = body["messages"];
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto content = messages[i].find("content");
    const bool is_text = content != messages[i].end() && content->is_string();
    const bool is_parts = content != messages[i].end() && content->is_array();
    if (!is_text && !(is_parts && sees))
      return bad(
          "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', Type "
          "mismatch of '/messages/" +
          std::to_string(i) + "/content', 'string' not in " + (is_parts ? "'array'" : "'null'"));
  }
  return std::nullopt;
}

Verdict zhipu(const Json& body) {
  for (const auto& message : body["messages"]) {
    const auto role = message.value("role", "");
    if (role == "developer") return bad("messages 参数非法。请检查文档。");
    if (role == "tool" && !message.value("content", Json()).is_string())
      return bad("messages 参数非法。请检查文档。");
  }
  if (format_type(body) == "json_schema")
    return unknown("response_format.type 参数非法。请检查文档。", "response_format");
  if (const auto choice = body.find("tool_choice"); choice != body.end() && *choice != "auto")
    return unknown("tool_choice 参数非法。请检查文档。", "tool_choice");
  if (const auto stop = body.find("stop");
      stop != body.end() && stop->is_array() && stop->size() > 1)
    return unknown("stop 参数非法。请检查文档。", "stop");
  return std::nullopt;
}

Verdict nvidia(const Json& body) {
  if (has_tools(body) && body.value("parallel_tool_calls", Json(true)) != false)
    return bad("This model only supports single tool-calls at once!");
  return std::nullopt;
}

Verdict ollama(const Json& body) {
  for (const auto& message : body["messages"]) {
    const auto content = message.find("content");
    if (content == message.end() || !content->is_array()) continue;
    for (const auto& part : *content) {
      if (part.value("type", "") != "image_url") continue;
      const auto& url = part.at("image_url");
      const auto text = url.is_string() ? url.get<std::string>() : url.value("url", "");
      if (!text.starts_with("data:")) return bad("invalid image input");
    }
  }
  return std::nullopt;
}

Verdict kilo(const Json& body, bool is_anonymous) {
  if (!is_anonymous) return std::nullopt;
  const auto model = body.value("model", "");
  const bool is_free =
      model.ends_with(":free") || model == "kilo-auto/free" || model == "openrouter/free";
  if (!is_free) return Problem{Reason::tier_not_allowed, "", ""};
  if (!format_type(body).empty() && format_type(body) != "text")
    return bad("Provider returned error");
  return std::nullopt;
}

}  // namespace

Verdict check_quirks(std::string_view slug, const Json& body, bool is_anonymous) {
  if (slug == "groq") return groq(body);
  if (slug == "cerebras") return cerebras(body);
  if (slug == "github") return github(body);
  if (slug == "sambanova") return sambanova(body);
  if (slug == "mistral") return mistral(body);
  if (slug == "cohere") return cohere(body);
  if (slug == "cloudflare") return cloudflare(body);
  if (slug == "zhipu") return zhipu(body);
  if (slug == "nvidia") return nvidia(body);
  if (slug == "ollama") return ollama(body);
  if (slug == "kilo") return kilo(body, is_anonymous);
  return std::nullopt;
}

}  // namespace simulator
