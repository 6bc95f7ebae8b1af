#pragma once
// messages -> systemInstruction and contents. Pure and thread-safe.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/base/result.hpp"
#include "freellm/wire/json.hpp"
#include "provider/google/model_traits.hpp"

namespace freellm::provider::google {

/// Finds the signature Gemini gave a call it made earlier; see SignatureCache.
using SignatureLookup = FunctionRef<std::optional<std::string>(
    std::string_view call_id, std::string_view name, const wire::OrderedJson& arguments)>;

struct TranslatedMessages {
  wire::OrderedJson contents;  ///< array, never empty, first a user turn
  wire::OrderedJson system;    ///< systemInstruction, or null
};

/// `messages` as of chat::canonical_messages() with name_tool_results. Errors are bad_request with
/// Retry::next_route: an image that is not inline, or a kind of part Gemini has no place for.
[[nodiscard]] Result<TranslatedMessages> translate_messages(const wire::OrderedJson& messages,
                                                            const ModelTraits& traits,
                                                            SignatureLookup signature_of);

}  // namespace freellm::provider::google
