#pragma once
#include <string_view>

namespace freellm::app {

/// Whether `key` looks like `format`, a catalog's key_format ("gsk_…", "pk_… or sk_…", "UUID",
/// "32 letters and digits", "account_id:token"). True for a format that says nothing checkable:
/// this is for a warning, never for a refusal.
[[nodiscard]] bool has_form(std::string_view format, std::string_view key);

}  // namespace freellm::app
