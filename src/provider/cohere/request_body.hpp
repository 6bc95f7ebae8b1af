#pragma once
// An OpenAI request -> the body of Cohere's v2 chat. Pure and thread-safe.
//
// Left out on purpose, for want of an equivalent: n, logit_bias, logprobs, min_p,
// repetition_penalty, parallel_tool_calls, user, metadata, service_tier.

#include <nlohmann/json_fwd.hpp>

#include "freellm/catalog/types.hpp"
#include "freellm/chat/request.hpp"

namespace freellm::provider::cohere {

[[nodiscard]] nlohmann::ordered_json request_body(const chat::ChatRequest& request,
                                                  const catalog::Model& model);

}  // namespace freellm::provider::cohere
