#pragma once
// Settings (plain key/value) and named secrets (sealed). Functions over a connection.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/store/sqlite.hpp"
#include "freellm/store/vault.hpp"

namespace freellm::store {

/// Name of the sealed unified client key.
inline constexpr std::string_view kUnifiedApiKey = "unified_api_key";

[[nodiscard]] Result<std::optional<std::string>> get_setting(Db& db, std::string_view name);
[[nodiscard]] Result<std::map<std::string, std::string>> all_settings(Db& db);
[[nodiscard]] Status put_setting(Db& db, std::string_view name, std::string_view value);
[[nodiscard]] Status remove_setting(Db& db, std::string_view name);

/// nullopt when there is none; an error when it cannot be opened.
[[nodiscard]] Result<std::optional<Secret>> get_secret(Db& db, const Vault& vault,
                                                       std::string_view name);
[[nodiscard]] Status put_secret(Db& db, const Vault& vault, std::string_view name,
                                std::string_view secret, WallTime now);
/// Notes that the secret was presented at `at`, unless it is younger or a later use is known.
[[nodiscard]] Status note_secret_use(Db& db, std::string_view name, WallTime at);
struct SecretTimes {
  WallTime updated;
  std::optional<WallTime> last_used;
};
[[nodiscard]] Result<std::optional<SecretTimes>> secret_times(Db& db, std::string_view name);

}  // namespace freellm::store
