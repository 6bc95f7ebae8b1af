#pragma once
// docs/configuration.md's tables, from the tables that the program itself reads. Pure.

#include <string>
#include <string_view>

namespace freellm::app {

/// config/freellmapi.toml: every key at its default, with its comment.
[[nodiscard]] std::string_view default_config();

/// Markdown. Defaults are what default_config() says, which a test holds against the code.
[[nodiscard]] std::string config_reference();

}  // namespace freellm::app
