#include "provider/cohere/request_body.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/chat/canonical.hpp"
#include "freellm/wire/json.hpp"
#include "provider/cohere/messages.hpp"
#include "provider/native/members.hpp"
#include "provider/native/schema_strip.hpp"

namespace freellm::provider::cohere {
namespace {

using native::member;
using native::text_of;
using wire::OrderedJson;

// Bounds of Cohere's API reference (2026-11); beyond them is a 400.
constexpr std::size_t kMaxStopSequences = 5;
constexpr std::int64_t kMaxTopK = 500;

void add_clamped(OrderedJson& body, const OrderedJson& request, std::string_view from,
                 std::string_view to, double low, double high) {
  const auto* value = member(request, from);
  if (value == nullptr || !value->is_number()) return;
  const auto number = value->get<double>();
  body[to] = number < low || number > high ? OrderedJson(std::clamp(number, low, high)) : *value;
}

void add_sampling(OrderedJson& body, const OrderedJson& request) {
  add_clamped(body, request, "temperature", "temperature", 0, 1);
  add_clamped(body, request, "top_p", "p", 0.01, 0.99);
  add_clamped(body, request, "frequency_penalty", "frequency_penalty", 0, 1);
  add_clamped(body, request, "presence_penalty", "presence_penalty", 0, 1);
  if (const auto* value = member(request, "top_k"); value && value->is_number_integer()) {
    body["k"] = std::clamp<std::int64_t>(value->get<std::int64_t>(), 0, kMaxTopK);
  }
  if (const auto* value = member(request, "seed"); value && value->is_number_integer()) {
    body["seed"] = value->get<std::uint64_t>() >> (value->is_number_unsigned() ? 0U : 1U);
  }
}

void add_limits(OrderedJson& body, const OrderedJson& request, const catalog::Model& model) {
  const auto* limit = member(request, "max_tokens");
  if (limit != nullptr && limit->is_number_integer() && *limit > 0) {
    auto tokens = limit->get<std::int64_t>();
    if (model.max_output_tokens > 0) {
      tokens = std::min(tokens, model.max_output_tokens);
    }
    body["max_tokens"] = tokens;
  }
  const auto* stop = member(request, "stop");
  if (stop == nullptr) return;
  OrderedJson sequences = OrderedJson::array();
  const auto add = [&sequences](const OrderedJson& sequence) {
    if (!text_of(&sequence).empty() && sequences.size() < kMaxStopSequences) {
      sequences.push_back(sequence);
    }
  };
  if (stop->is_array()) {
    for (const auto& sequence : *stop) add(sequence);
  } else {
    add(*stop);
  }
  if (!sequences.empty()) body["stop_sequences"] = std::move(sequences);
}

std::string_view chosen_name(const OrderedJson* choice) {
  const auto* function = choice == nullptr ? nullptr : member(*choice, "function");
  return function == nullptr ? std::string_view{} : text_of(member(*function, "name"));
}

OrderedJson tool(const OrderedJson& function) {
  OrderedJson out{{"name", text_of(member(function, "name"))}};
  if (const auto* description = member(function, "description")) out["description"] = *description;
  const auto* parameters = member(function, "parameters");
  OrderedJson schema = parameters != nullptr && parameters->is_object()
                           ? *parameters
                           : OrderedJson{{"type", "object"}, {"properties", OrderedJson::object()}};
  native::strip_keywords(schema, {"additionalProperties", "$schema"});
  out["parameters"] = std::move(schema);
  return {{"type", "function"}, {"function", std::move(out)}};
}

/// Cohere knows no named choice: the one tool alone, and required, is the same.
void add_tools(OrderedJson& body, const OrderedJson& request) {
  const auto* tools = member(request, "tools");
  if (tools == nullptr || !tools->is_array()) return;
  const auto* choice = member(request, "tool_choice");
  const auto only = chosen_name(choice);
  OrderedJson translated = OrderedJson::array();
  for (const auto& source : *tools) {
    const auto* function = member(source, "function");
    if (function == nullptr) continue;
    if (only.empty() || text_of(member(*function, "name")) == only) {
      translated.push_back(tool(*function));
    }
  }
  if (translated.empty()) return;
  body["tools"] = std::move(translated);
  const auto word = text_of(choice);
  if (word == "required" || !only.empty()) body["tool_choice"] = "REQUIRED";
  if (word == "none") body["tool_choice"] = "NONE";
}

void add_response_format(OrderedJson& body, const OrderedJson& request) {
  const auto* format = member(request, "response_format");
  if (format == nullptr || body.contains("tools")) return;  // refused together
  const auto type = text_of(member(*format, "type"));
  if (type != "json_object" && type != "json_schema") return;
  OrderedJson translated{{"type", "json_object"}};
  const auto* wrapper = member(*format, "json_schema");
  const auto* schema = wrapper == nullptr ? nullptr : member(*wrapper, "schema");
  if (schema != nullptr && schema->is_object()) {
    OrderedJson bare = *schema;
    native::strip_keywords(bare, {"$schema"});
    translated["json_schema"] = std::move(bare);
  }
  body["response_format"] = std::move(translated);
}

/// Other models refuse the member.
void add_thinking(OrderedJson& body, const OrderedJson& request, const catalog::Model& model) {
  const auto effort = text_of(member(request, "reasoning_effort"));
  if (effort.empty() || !model.capabilities.reasoning) return;
  if (effort == "none" || effort == "minimal") {
    body["thinking"] = {{"type", "disabled"}};
    return;
  }
  OrderedJson thinking{{"type", "enabled"}};
  if (effort == "low") thinking["token_budget"] = 1'024;
  if (effort == "medium") thinking["token_budget"] = 8'192;
  body["thinking"] = std::move(thinking);
}

}  // namespace

OrderedJson request_body(const chat::ChatRequest& request, const catalog::Model& model) {
  const auto canonical = chat::canonical_request(request, {.developer_to_system = true});
  OrderedJson body{{"model", model.upstream_id}};
  const auto* messages = member(canonical, "messages");
  body["messages"] = messages == nullptr ? OrderedJson::array() : translate_messages(*messages);
  body["stream"] = request.stream;
  add_sampling(body, canonical);
  add_limits(body, canonical, model);
  add_tools(body, canonical);
  add_response_format(body, canonical);
  add_thinking(body, canonical, model);
  return body;
}

}  // namespace freellm::provider::cohere
