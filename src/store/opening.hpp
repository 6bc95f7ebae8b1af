#pragma once
// The steps of opening a data directory, shared by Store, the rotation of the master key and
// restore. Private to the store.

#include <filesystem>
#include <optional>
#include <string>

#include "freellm/store/sqlite.hpp"
#include "freellm/store/store.hpp"
#include "freellm/store/vault.hpp"

namespace freellm::store {

/// What a database says about the master key it was sealed with.
struct SealedWith {
  std::string key_id;  ///< raw
  std::string verifier;
  [[nodiscard]] std::string key_id_hex() const;
};

/// What was found before anything is changed.
struct Examined {
  std::optional<SealedWith> sealed;  ///< nullopt: there is no database yet, or an unsealed one
  int schema_version = 0;            ///< 0: there is none yet
};

/// Opens `database` for looking at, leaving no trace when nobody else has it open.
[[nodiscard]] Result<Db> open_to_look(const std::filesystem::path& database);

/// Fails for a foreign, damaged or newer database.
[[nodiscard]] Result<Examined> examine(const std::filesystem::path& database);
[[nodiscard]] Result<std::optional<SealedWith>> read_vault_row(Db& db);

/// From the environment or the file. Ends a rotation that was cut off after its commit: then the
/// database is sealed with the key in master.key.next already. Makes a key only when nothing is
/// sealed yet.
[[nodiscard]] Result<Secret> obtain_master_key(const StoreOptions& options,
                                               const std::optional<SealedWith>& sealed);

/// Fails unless `vault` is what `sealed` was sealed with.
[[nodiscard]] Status check_master_key(const Vault& vault, const SealedWith& sealed,
                                      const std::filesystem::path& database);

/// Creates and migrates what has to be.
[[nodiscard]] Result<Db> open_writable(const std::filesystem::path& database, const Vault& vault,
                                       bool is_sealed);

}  // namespace freellm::store
