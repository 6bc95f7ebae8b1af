#pragma once
// The small parts of OpenAI-shaped answers that streams and whole bodies share. Pure functions.

#include <string>

#include "dialect/dialect.hpp"

namespace simulator {

[[nodiscard]] std::string completion_id(const RenderContext& context);
/// In the platform's own form: nine letters for Mistral, `call_…` for most.
[[nodiscard]] std::string call_id(const RenderContext& context, std::size_t index);
[[nodiscard]] Json finish_reason_of(const Turn& turn, const RenderContext& context);
[[nodiscard]] Json usage_of(const Turn& turn, const RenderContext& context);
/// Mistral's content part for thinking.
[[nodiscard]] Json thinking_part(const std::string& text);
/// Adds what a platform puts into every whole answer beside the OpenAI members.
void decorate(Json& body, const RenderContext& context);

}  // namespace simulator
