#pragma once
// Changing the master key, and finding what the present one cannot open.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/store/sqlite.hpp"
#include "freellm/store/vault.hpp"

namespace freellm::store {

/// Seals every secret anew under `next` and records it as the database's master key, in one
/// transaction: all or nothing. Fails, changing nothing, when a secret cannot be opened with
/// `current`; the message names it. The caller keeps the old key until this has succeeded. Returns
/// how many secrets there are.
[[nodiscard]] Result<std::size_t> rekey(Db& db, const Vault& current, const Vault& next);

struct RotationOptions {
  std::filesystem::path data_dir;
  /// FREELLMAPI_MASTER_KEY. Then no file is touched, and `next_hex` is needed: whoever keeps that
  /// variable must have the new key before anything is sealed with it.
  std::optional<Secret> current_hex;
  std::optional<Secret> next_hex;  ///< else a fresh random one
};
struct Rotation {
  std::string old_key_id;  ///< hex
  std::string new_key_id;
  std::size_t secrets = 0;
};
/// The whole of it. The caller holds the directory alone. Killed at any moment, it leaves either
/// key, each with a database sealed with it; the next opening tidies up.
[[nodiscard]] Result<Rotation> rotate_master_key(const RotationOptions& options);

/// A sealed row that does not open, although the master key is the right one: damaged, or put there
/// by hand.
struct UnreadableRow {
  std::string what;  ///< "key 3 of groq", "the unified_api_key"
  std::string why;
};
[[nodiscard]] Result<std::vector<UnreadableRow>> unreadable_rows(Db& db, const Vault& vault);

}  // namespace freellm::store
