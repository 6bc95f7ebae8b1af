#pragma once
// tools and tool_choice -> Gemini's tools and toolConfig. Pure and thread-safe.

#include <nlohmann/json_fwd.hpp>

namespace freellm::provider::google {

struct TranslatedTools {
  bool has_functions = false;  ///< function declarations, as against Google's own search
};

/// Adds `tools` and, when functions are declared, `toolConfig` to `body`. `request` as of
/// chat::canonical_request(). A lone tool named google_search, googlesearch or
/// google_search_retrieval asks for Google's own grounding.
TranslatedTools add_tools(nlohmann::ordered_json& body, const nlohmann::ordered_json& request);

}  // namespace freellm::provider::google
