#pragma once
// The request as a DOM in one canonical shape, for adapters that translate and for strict hosts.
//
// Repairs what real clients send (see canonical_messages) so that adapters meet one form only. Pure
// and thread-safe. Slow compared with patching the client's bytes (a DOM of the prompt): use it
// only when MessageTraits say that the bytes cannot go out as they are.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "freellm/chat/request.hpp"

namespace freellm::chat {

/// What the host wants on top of the repairs that are always made.
struct HygieneOptions {
  bool developer_to_system = true;     ///< rename the role
  bool flatten_text_parts = false;     ///< content arrays of text only become one string
  bool null_content_to_empty = false;  ///< content null or absent becomes ""
  bool strip_foreign_members = false;  ///< keep role, content, name, tool_calls, tool_call_id only
  bool drop_names = false;             ///< messages[].name (but not of tool results)
  bool merge_system_to_front = false;  ///< one system message, first
  bool assistant_after_tool =
      false;  ///< a short assistant turn between a tool result and a user turn (Mistral)
  bool nine_character_tool_ids =
      false;  ///< tool-call ids mapped to 9 alphanumerics (Mistral), same id same result
  bool name_tool_results = false;  ///< tool messages get the function's `name` (Gemini needs it)
};

/// The messages, repaired:
/// function role -> tool; assistant function_call -> tool_calls; null or empty tool_calls dropped;
/// missing type added; missing or doubled ids made up and paired with results by order; object
/// arguments -> string; empty arguments -> "{}"; bare strings and typeless {text} parts -> text
/// parts; empty assistant turns dropped; tool results put right behind the turn that called, in the
/// order of the calls; a call without a result gets an empty one when other turns follow; a result
/// without a call becomes a user turn. `request` must come from parse_chat_request.
[[nodiscard]] nlohmann::ordered_json canonical_messages(const ChatRequest& request,
                                                        const HygieneOptions& options);

/// The whole request with canonical messages. Null members are dropped, functions -> tools,
/// tool_choice "any"
/// -> "required", response_format text dropped, more than four stop sequences cut, max_tokens <= 0
/// dropped, max_completion_tokens -> max_tokens, reasoning_effort normalised or dropped. Tools left
/// without a use (tool_choice none is kept) stay as sent.
[[nodiscard]] nlohmann::ordered_json canonical_request(const ChatRequest& request,
                                                       const HygieneOptions& options);

/// "none", "minimal", "low", "medium" or "high" for any spelling clients use ("max", "xhigh",
/// "off", ...); empty when the member is better left out ("auto", unknown words).
[[nodiscard]] std::string_view normalized_effort(std::string_view sent);

/// The id as 9 alphanumerics: itself when it already is, else a hash of it.
[[nodiscard]] std::string nine_character_id(std::string_view id);

}  // namespace freellm::chat
