#pragma once
// The environment variables that configure the program, but for provider keys; for the man page and
// the reference.

#include <array>
#include <span>
#include <string_view>

namespace freellm::app {

struct EnvironmentKey {
  std::string_view name;
  std::string_view flag;  ///< that goes before it; "" = there is none
  std::string_view meaning;
};

inline constexpr std::array kEnvironmentKeys{
    EnvironmentKey{"FREELLMAPI_CONFIG", "--config", "Configuration file (TOML)."},
    EnvironmentKey{"FREELLMAPI_DATA_DIR", "--data-dir",
                   "Where the database and the master key live."},
    EnvironmentKey{"FREELLMAPI_HOST", "--host", "Address to listen on."},
    EnvironmentKey{"FREELLMAPI_PORT", "--port", "Port to listen on."},
    EnvironmentKey{"FREELLMAPI_LOG_LEVEL", "--log-level", "trace, debug, info, warn or error."},
    EnvironmentKey{"FREELLMAPI_LOG_FORMAT", "--log-format", "text or json."},
    EnvironmentKey{"FREELLMAPI_MASTER_KEY", "",
                   "The master key, 64 hex digits. Else it is made once and kept in master.key."},
    EnvironmentKey{"FREELLMAPI_API_KEY", "",
                   "The key that your programs use. Else it is made once and kept sealed."},
    EnvironmentKey{"FREELLMAPI_ADMIN_TOKEN", "",
                   "A bearer token for /api, for automation. Else there is none."},
    EnvironmentKey{"FREELLMAPI_ADMIN_PASSWORD", "",
                   "Sets the dashboard's password when none is set yet."},
};

[[nodiscard]] constexpr std::span<const EnvironmentKey> environment_keys() {
  return kEnvironmentKeys;
}

}  // namespace freellm::app
