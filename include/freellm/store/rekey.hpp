#pragma once
// Changing the master key, and copying the database while it is in use.

#include <filesystem>

#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"
#include "freellm/store/vault.hpp"

namespace freellm::store {

/// Seals every secret anew under `next` and records it as the database's master key, in one
/// transaction: all or nothing. Fails, changing nothing, when a secret cannot be opened with
/// `current`; the message names it. The caller keeps the old key until this has succeeded.
[[nodiscard]] Status rekey(Db& db, const Vault& current, const Vault& next);

/// Writes a consistent copy of the database to `file`, which must not exist; readers and the writer
/// go on. Without the master key the copy's secrets are as good as gone: keep both.
[[nodiscard]] Status backup(Db& db, const std::filesystem::path& file);

}  // namespace freellm::store
