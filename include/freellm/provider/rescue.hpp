#pragma once
// Groq refuses a tool call that fails its own validation with 400 tool_use_failed and hands the
// model's raw text over in failed_generation. When that text holds a call of a declared tool, the
// client can still be served.

#include <string_view>

#include "freellm/chat/delta.hpp"
#include "freellm/chat/request.hpp"

namespace freellm::provider {

/// Emits the tool calls (then a tool_calls finish) found in the error body's failed_generation.
/// Returns false and emits nothing when there is none, when it is plain text, or when it names a
/// tool the request did not declare.
[[nodiscard]] bool rescue_failed_generation(std::string_view error_body,
                                            const chat::ChatRequest& request, chat::DeltaSink& out);

}  // namespace freellm::provider
