#pragma once
// Store: opens the data directory and owns everything in it: the database with its two threads, and
// the vault.
//
// Start-up and CLI commands begin here. Thread-safe once open.

#include <filesystem>
#include <memory>
#include <optional>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/store/data_dir_lock.hpp"
#include "freellm/store/reader.hpp"
#include "freellm/store/vault.hpp"
#include "freellm/store/writer.hpp"

namespace freellm::store {

inline constexpr const char* kDatabaseName = "freellmapi.db";
inline constexpr const char* kMasterKeyName = "master.key";

/// Whether an older schema may be brought up to date. Not under a daemon that runs on it.
enum class Migration { allowed, forbidden };

struct StoreOptions {
  std::filesystem::path data_dir;
  std::optional<Secret> master_key_hex;  ///< FREELLMAPI_MASTER_KEY; else <data_dir>/master.key
  Migration migration = Migration::allowed;
  WriterOptions writer;
};

class Store {
 public:
  /// Creates what is missing, migrates the schema, checks that the master key is the one the
  /// database was sealed with. A wrong master key, a newer schema, a foreign or damaged file and an
  /// unwritable directory are refused with one clear line and nothing changed on disk.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(StoreOptions options);

  [[nodiscard]] const Vault& vault() const { return vault_; }
  [[nodiscard]] Writer& writer() { return *writer_; }
  [[nodiscard]] Reader& reader() { return *reader_; }
  [[nodiscard]] const std::filesystem::path& database() const { return database_; }
  /// A further read-only connection, for start-up code on its own thread.
  [[nodiscard]] Result<Db> connect_read_only() const {
    return Db::open(database_, Db::Mode::read_only);
  }

 private:
  Store(Vault vault, std::filesystem::path database, Db writable, Db readable,
        WriterOptions options);

  Vault vault_;
  std::filesystem::path database_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace freellm::store
