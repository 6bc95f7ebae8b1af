#include "provider/google/generation_config.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"
#include "provider/google/model_traits.hpp"
#include "provider/google/schema.hpp"
#include "provider/native/members.hpp"

namespace freellm::provider::google {
namespace {

using native::member;
using native::text_of;
using wire::OrderedJson;

constexpr std::size_t kMaxStopSequences = 5;  // Gemini API reference, 2026-11

void add_sampling(OrderedJson& config, const OrderedJson& request) {
  if (const auto* value = member(request, "temperature"); value && value->is_number()) {
    config["temperature"] = *value;
  }
  if (const auto* value = member(request, "top_p"); value && value->is_number()) {
    config["topP"] = *value;
  }
  if (const auto* value = member(request, "top_k");
      value && value->is_number_integer() && *value > 0) {
    config["topK"] = *value;
  }
  if (const auto* value = member(request, "seed"); value && value->is_number_integer()) {
    // An int32 on the wire; OpenAI's is an int64. Any fixed mapping keeps the promise of a seed.
    config["seed"] = value->get<std::int64_t>() & 0x7fffffff;
  }
  // Some models refuse penalties altogether, and clients send the default 0 of both.
  for (const auto& [from, to] : {std::pair{"presence_penalty", "presencePenalty"},
                                 std::pair{"frequency_penalty", "frequencyPenalty"}}) {
    const auto* value = member(request, from);
    if (value != nullptr && value->is_number() && *value != 0) config[to] = *value;
  }
}

void add_limits(OrderedJson& config, const OrderedJson& request, const catalog::Model& model) {
  const auto* limit = member(request, "max_tokens");
  if (limit != nullptr && limit->is_number_integer() && *limit > 0) {
    // Beyond the model's own maximum it is a 400, and a client that asks for more means "as much as
    // you can".
    auto tokens = limit->get<std::int64_t>();
    if (model.max_output_tokens > 0) {
      tokens = std::min(tokens, model.max_output_tokens);
    }
    config["maxOutputTokens"] = tokens;
  }
  const auto* stop = member(request, "stop");
  if (stop == nullptr) return;
  OrderedJson sequences = OrderedJson::array();
  const auto add = [&sequences](const OrderedJson& sequence) {
    if (sequence.is_string() && !sequence.get_ref<const std::string&>().empty() &&
        sequences.size() < kMaxStopSequences) {
      sequences.push_back(sequence);
    }
  };
  if (stop->is_array()) {
    for (const auto& sequence : *stop) add(sequence);
  } else {
    add(*stop);
  }
  if (!sequences.empty()) config["stopSequences"] = std::move(sequences);
}

void add_response_format(OrderedJson& config, const OrderedJson& request, const ModelTraits& traits,
                         bool has_functions) {
  const auto* format = member(request, "response_format");
  if (format == nullptr) return;
  const auto type = text_of(member(*format, "type"));
  if (type != "json_object" && type != "json_schema") return;
  // "Function calling with a response mime type: 'application/json' is unsupported" before
  // Gemini 3.
  if (has_functions && !traits.generation_3_or_later()) return;
  config["responseMimeType"] = "application/json";
  const auto* wrapper = member(*format, "json_schema");
  const auto* schema = wrapper == nullptr ? nullptr : member(*wrapper, "schema");
  if (schema == nullptr || !schema->is_object()) return;
  if (traits.generation_3_or_later()) {
    config["responseJsonSchema"] = *schema;
  } else {
    config["responseSchema"] = sanitized_schema(*schema);
  }
}

/// Budgets are those of Google's own OpenAI-compatible surface; 2.5 Pro cannot switch thinking off
/// and takes no less than 128.
int thinking_budget(std::string_view effort, const ModelTraits& traits) {
  if (effort == "low") return 1'024;
  if (effort == "medium") return 8'192;
  if (effort == "high") return 24'576;
  return traits.pro ? 128 : 0;
}

/// Pro models know no "minimal", and the first of them (3.0) no "medium" either.
std::string_view thinking_level(std::string_view effort, const ModelTraits& traits) {
  if (effort == "none" || effort == "minimal") return traits.pro ? "low" : "minimal";
  if (effort == "medium" && traits.pro && traits.major == 3 && traits.minor == 0) return "high";
  return effort;
}

void add_thinking(OrderedJson& config, const OrderedJson& request, const ModelTraits& traits) {
  const auto effort = text_of(member(request, "reasoning_effort"));
  if (effort.empty()) return;
  OrderedJson thinking = OrderedJson::object();
  if (traits.generation_3_or_later()) {
    thinking["thinkingLevel"] = thinking_level(effort, traits);
  } else if (traits.has_thinking_budget()) {
    thinking["thinkingBudget"] = thinking_budget(effort, traits);
  } else {
    return;  // Gemma and Gemini 2.0 refuse the member
  }
  if (effort != "none" && effort != "minimal") thinking["includeThoughts"] = true;
  config["thinkingConfig"] = std::move(thinking);
}

}  // namespace

OrderedJson generation_config(const OrderedJson& request, const catalog::Model& model,
                              bool has_functions) {
  const auto traits = model_traits(model.upstream_id);
  OrderedJson config = OrderedJson::object();
  add_sampling(config, request);
  add_limits(config, request, model);
  add_response_format(config, request, traits, has_functions);
  add_thinking(config, request, traits);
  return config;
}

}  // namespace freellm::provider::google
