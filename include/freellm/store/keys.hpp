#pragma once
// Provider keys: sealed rows. Functions over a connection; run the changing ones through
// Writer::change(), which makes them durable before they are acknowledged.

#include <optional>
#include <string>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/store/sqlite.hpp"
#include "freellm/store/vault.hpp"

namespace freellm::store {

inline constexpr std::size_t kMaxKeyBytes = 8 * 1024;
inline constexpr std::size_t kMaxLabelBytes = 200;

struct StoredKey {
  catalog::ProviderKey key;
  std::string platform_slug;
  std::string state_reason;  ///< in plain words
  std::optional<WallTime> checked_at;
  WallTime created_at;
  std::string source;  ///< "dashboard", "import", "environment", "cli" or "config"
  int refusals = 0;    ///< periodic checks in a row that the platform refused
};

/// Seals and inserts. Surrounding white space is removed from the secret. Fails with code
/// "invalid_key" when it is empty, too long or holds control characters, "duplicate_key" when the
/// platform has it already (the message names that key), "unknown_platform".
[[nodiscard]] Result<KeyId> add_key(Db& db, const Vault& vault, PlatformId platform,
                                    std::string_view secret, std::string_view label, WallTime now,
                                    std::string_view source = "dashboard");

/// True when the platform has exactly this secret.
[[nodiscard]] Result<bool> has_key(Db& db, const Vault& vault, PlatformId platform,
                                   std::string_view secret);

/// The key of the platform that holds exactly this secret.
[[nodiscard]] Result<std::optional<KeyId>> find_key(Db& db, const Vault& vault,
                                                    std::string_view slug, std::string_view secret);

/// All keys in id order. One that `vault` cannot open has the state undecryptable and is otherwise
/// intact.
[[nodiscard]] Result<std::vector<StoredKey>> list_keys(Db& db, const Vault& vault);

struct KeyEdit {
  std::optional<std::string> label;
  std::optional<bool> enabled;
};
/// Fails with code "not_found".
[[nodiscard]] Status edit_key(Db& db, KeyId id, const KeyEdit& edit);

/// Records a check's outcome. Does not touch `enabled`.
[[nodiscard]] Status set_key_state(Db& db, KeyId id, catalog::KeyState state,
                                   std::string_view reason, WallTime now, int refusals = 0);

/// Remembers which of the platform's URLs took the key; fails with code "not_found".
[[nodiscard]] Status set_key_url(Db& db, KeyId id, std::string_view base_url);

/// Fails with code "not_found". The id is never used again.
[[nodiscard]] Status remove_key(Db& db, KeyId id);

}  // namespace freellm::store
