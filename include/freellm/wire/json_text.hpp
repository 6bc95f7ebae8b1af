#pragma once
// JsonText: the inside of a JSON string literal (what stands between the quotes), still escaped.
//
// Model output travels through the proxy in this form: it comes out of one JSON document and goes
// into another, so unescaping and escaping again would cost time and change nothing. A JsonText is
// always valid inside quotes (well-formed escapes, valid UTF-8, no raw control characters); whoever
// makes one checks.

#include <string>
#include <string_view>

namespace freellm::wire {

using JsonText = std::string_view;

/// Appends `plain` (any bytes) as escaped JSON text, without quotes; invalid UTF-8 becomes U+FFFD.
void append_escaped(std::string& out, std::string_view plain);
[[nodiscard]] std::string escaped(std::string_view plain);

/// True when `text` may stand between quotes as it is: what makes a JsonText of foreign bytes.
[[nodiscard]] bool is_valid_json_text(std::string_view text);

/// Undoes the escapes. Lone surrogates become U+FFFD. Never fails on a valid JsonText.
[[nodiscard]] std::string unescaped(JsonText text);

}  // namespace freellm::wire
