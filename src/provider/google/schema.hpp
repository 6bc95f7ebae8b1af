#pragma once
// Rewrites JSON schemas into the subset of OpenAPI that Gemini's `parameters` and `responseSchema`
// take: any other keyword is a 400 ("Unknown name ... Cannot find field"). Pure and thread-safe.
//
// Where the subset cannot say the same, the result is looser or one branch of the original.

#include <nlohmann/json_fwd.hpp>

namespace freellm::provider::google {

/// `schema` may be anything a client sends as a schema. The result is an object with a `type` or an
/// `anyOf`; its size is bounded however the references in `schema` multiply.
[[nodiscard]] nlohmann::ordered_json sanitized_schema(const nlohmann::ordered_json& schema);

}  // namespace freellm::provider::google
