#include "opening.hpp"

#include "freellm/store/migrations.hpp"
#include "master_key_file.hpp"
#include "vault_row.hpp"

namespace freellm::store {
namespace {

Error refused(std::string message) {
  return Error{.kind = ErrorKind::configuration, .message = std::move(message), .code = "data_dir"};
}

bool has_content(const std::filesystem::path& file) {
  std::error_code ec;
  return std::filesystem::file_size(file, ec) > 0 && !ec;
}

std::string hex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool is_key_of(const Secret& master, const SealedWith& sealed) {
  const Vault vault{master};
  return std::string_view{vault.key_id().data(), vault.key_id().size()} == sealed.key_id;
}

}  // namespace

std::string SealedWith::key_id_hex() const { return hex(key_id); }

Result<std::optional<SealedWith>> read_vault_row(Db& db) {
  auto exists = db.scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'vault'");
  if (!exists) return exists.error();
  if (!*exists) return std::optional<SealedWith>{};
  auto statement = db.prepare("SELECT key_id, verifier FROM vault WHERE id = 1");
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return std::optional<SealedWith>{};
  return std::optional{
      SealedWith{std::string{statement->blob(0)}, std::string{statement->blob(1)}}};
}

Result<Db> open_to_look(const std::filesystem::path& database) {
  // After a crash the WAL must be read too, which only an ordinary connection can.
  const bool was_closed = !std::filesystem::exists(database.string() + "-wal");
  return Db::open(database, was_closed ? Db::Mode::untouched : Db::Mode::read_only);
}

Result<Examined> examine(const std::filesystem::path& database) {
  if (!has_content(database)) return Examined{};
  auto db = open_to_look(database);
  if (!db) return db.error();
  if (auto status = check_schema(*db); !status) return status.error();
  auto version = db->scalar("PRAGMA user_version");
  if (!version) return version.error();
  auto sealed = read_vault_row(*db);
  if (!sealed) return sealed.error();
  return Examined{.sealed = *std::move(sealed),
                  .schema_version = static_cast<int>(version->value_or(0))};
}

Result<Secret> obtain_master_key(const StoreOptions& options,
                                 const std::optional<SealedWith>& sealed) {
  if (options.master_key_hex) {
    auto key = parse_master_key(options.master_key_hex->reveal());
    if (!key) return refused("FREELLMAPI_MASTER_KEY: " + key.error().message);
    return key;
  }
  const auto file = options.data_dir / kMasterKeyName;
  auto stored = read_master_key(file);
  if (!stored) return stored.error();
  if (sealed && (!*stored || !is_key_of(**stored, *sealed))) {
    auto next = read_master_key(next_master_key(options.data_dir));
    if (next && *next && is_key_of(**next, *sealed)) {
      if (auto status = promote_next_master_key(options.data_dir); !status) return status.error();
      return **std::move(next);
    }
  }
  if (*stored) return **std::move(stored);
  if (sealed) {
    return refused(file.string() + " is missing, and the database is sealed with master key " +
                   sealed->key_id_hex() + "; put the file back or set FREELLMAPI_MASTER_KEY");
  }
  return create_master_key(file);
}

Status check_master_key(const Vault& vault, const SealedWith& sealed,
                        const std::filesystem::path& database) {
  auto opened = vault.open(sealed.verifier, kVerifierBinding);
  if (opened && opened->reveal() == kVerifierText) return {};
  return refused("wrong master key: " + database.string() + " is sealed with key " +
                 sealed.key_id_hex() + ", the one given is " + vault.key_id_hex() +
                 "; put the right one back");
}

Result<Db> open_writable(const std::filesystem::path& database, const Vault& vault,
                         bool is_sealed) {
  auto db = Db::open(database, Db::Mode::create);
  if (!db) return db.error();
  // secure_delete: the sealed bytes of a removed key leave the file with it.
  constexpr const char* kSetUp =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = FAST;";
  if (auto status = db->exec(kSetUp); !status) return status.error();
  if (auto status = migrate(*db); !status) return status.error();
  if (!is_sealed) {
    if (auto status = remember_master_key(*db, vault); !status) return status.error();
  }
  return db;
}

}  // namespace freellm::store
