#pragma once
// messages -> Cohere v2 messages. Pure and thread-safe.

#include <nlohmann/json_fwd.hpp>

namespace freellm::provider::cohere {

/// `messages` as of chat::canonical_messages(). Cohere refuses empty contents, and an assistant
/// turn with calls holds no content: its text becomes the tool_plan.
[[nodiscard]] nlohmann::ordered_json translate_messages(const nlohmann::ordered_json& messages);

}  // namespace freellm::provider::cohere
