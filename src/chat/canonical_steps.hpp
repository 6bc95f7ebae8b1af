#pragma once
// The steps of canonical_messages(), each over the whole list of messages. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "freellm/chat/canonical.hpp"

namespace freellm::chat {

using Messages = nlohmann::ordered_json;

/// Roles, legacy function calls, tool calls and content of each message by itself.
void repair_messages(Messages& messages, const HygieneOptions& options);
/// Gives calls and results matching, unique ids.
void pair_tool_calls(Messages& messages);
/// Puts results behind the turn that called, in the order of its calls; fills and turns round what
/// is left over.
void order_tool_results(Messages& messages);
void drop_empty_assistant_turns(Messages& messages);
void merge_system_messages(Messages& messages);
void separate_results_from_users(Messages& messages);
void shorten_tool_ids(Messages& messages);
void name_tool_results(Messages& messages);

/// The string member `name`, or empty.
[[nodiscard]] std::string_view text_member(const Messages& object, const char* name);
[[nodiscard]] bool has_role(const Messages& message, std::string_view role);
[[nodiscard]] bool has_tool_calls(const Messages& message);
/// All text of a content value, parts joined by line breaks.
[[nodiscard]] std::string content_text(const Messages& content);

}  // namespace freellm::chat
