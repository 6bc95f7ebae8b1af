#pragma once
// generationConfig: sampling, limits, structured output and thinking. Pure and thread-safe.
//
// What Gemini has no equivalent for is left out on purpose: n (most models take one candidate
// only), logprobs, logit_bias, min_p, repetition_penalty, user, metadata, parallel_tool_calls.

#include <nlohmann/json_fwd.hpp>

#include "freellm/catalog/types.hpp"

namespace freellm::provider::google {

/// `request` as of chat::canonical_request(). `has_functions`: the request carries function
/// declarations, which older models refuse to combine with JSON output. May be an empty object.
[[nodiscard]] nlohmann::ordered_json generation_config(const nlohmann::ordered_json& request,
                                                       const catalog::Model& model,
                                                       bool has_functions);

}  // namespace freellm::provider::google
