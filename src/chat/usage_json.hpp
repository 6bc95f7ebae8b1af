#pragma once
// Usage as OpenAI writes it.

#include <string>

#include "freellm/chat/usage.hpp"

namespace freellm::chat {

/// Appends the object, details included.
void append_usage(std::string& out, const Usage& usage);

}  // namespace freellm::chat
