#pragma once
// A log message as JSON members: the whole text as "msg", and every key=value of it as a member of
// its own, so that a request line can be searched by its fields. Private to base.

#include <string>
#include <string_view>

namespace freellm::log {

/// Appends a JSON string with its quotes. Control characters become spaces, what is not UTF-8
/// becomes U+FFFD: every line is valid JSON whatever a provider or a client wrote.
void append_json_string(std::string& out, std::string_view text);

/// Appends `"msg":"...","status":200,...` without braces. Counts and durations (status, stream,
/// attempts, *_ms, *_tok, *_id) are numbers, all else strings. A quoted value may hold foreign text
/// with anything in it, so it extends to the message's last quote and ends the fields; a name that
/// was there before is left out. So nothing foreign can pose as a field.
void append_json_message(std::string& out, std::string_view message);

}  // namespace freellm::log
