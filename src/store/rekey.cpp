#include "freellm/store/rekey.hpp"

#include "freellm/base/random.hpp"
#include "master_key_file.hpp"
#include "opening.hpp"
#include "vault_row.hpp"

namespace freellm::store {
namespace {

Error cannot_open(const std::string& what, const Error& why) {
  return Error{.kind = ErrorKind::storage,
               .message = what + " cannot be opened with the present master key (" + why.message +
                          "); remove it first",
               .code = why.code};
}

struct KeyRow {
  std::int64_t id;
  std::string slug;
  std::string sealed;
};

Result<std::vector<KeyRow>> read_keys(Db& db) {
  auto rows = db.prepare(
      "SELECT k.id, p.slug, k.sealed FROM provider_key k JOIN platform p ON p.id = k.platform_id");
  if (!rows) return rows.error();
  std::vector<KeyRow> keys;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return keys;
    keys.push_back({rows->integer(0), std::string{rows->text(1)}, std::string{rows->blob(2)}});
  }
}

Result<std::vector<std::pair<std::string, std::string>>> read_secrets(Db& db) {
  auto rows = db.prepare("SELECT name, sealed FROM secret");
  if (!rows) return rows.error();
  std::vector<std::pair<std::string, std::string>> secrets;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return secrets;
    secrets.emplace_back(rows->text(0), rows->blob(1));
  }
}

std::string name_of(const KeyRow& key) {
  return "key " + std::to_string(key.id) + " of " + key.slug;
}

Binding binding_of(const KeyRow& key) {
  return {.table = kProviderKeyTable, .row = key.id, .owner = key.slug};
}

Result<std::size_t> rekey_keys(Db& db, const Vault& current, const Vault& next) {
  auto keys = read_keys(db);
  if (!keys) return keys.error();
  for (const auto& key : *keys) {
    auto secret = current.open(key.sealed, binding_of(key));
    if (!secret) return cannot_open(name_of(key), secret.error());
    auto sealed = next.seal(secret->reveal(), binding_of(key));
    if (!sealed) return sealed.error();
    auto status = db.run("UPDATE provider_key SET sealed = ?, fingerprint = ? WHERE id = ?",
                         Blob{*sealed}, Blob{next.fingerprint(secret->reveal(), key.slug)}, key.id);
    if (!status) return status.error();
  }
  return keys->size();
}

Result<std::size_t> rekey_secrets(Db& db, const Vault& current, const Vault& next) {
  auto secrets = read_secrets(db);
  if (!secrets) return secrets.error();
  for (const auto& [name, envelope] : *secrets) {
    auto secret = current.open(envelope, secret_binding(name));
    if (!secret) return cannot_open("the stored " + name, secret.error());
    auto sealed = next.seal(secret->reveal(), secret_binding(name));
    if (!sealed) return sealed.error();
    if (auto status = db.run("UPDATE secret SET sealed = ? WHERE name = ?", Blob{*sealed}, name);
        !status)
      return status.error();
  }
  return secrets->size();
}

/// The vault that the data directory's database is sealed with.
Result<Vault> present_vault(const StoreOptions& options) {
  const auto database = options.data_dir / kDatabaseName;
  auto found = examine(database);
  if (!found) return found.error();
  if (!found->sealed) {
    return Error{.kind = ErrorKind::configuration,
                 .message = "there is no database in " + options.data_dir.string() +
                            " yet, so there is nothing to seal anew"};
  }
  auto master = obtain_master_key(options, found->sealed);
  if (!master) return master.error();
  Vault vault{*master};
  if (auto status = check_master_key(vault, *found->sealed, database); !status)
    return status.error();
  return vault;
}

Result<std::size_t> rekey_database(const std::filesystem::path& database, const Vault& current,
                                   const Vault& next) {
  auto db = open_writable(database, current, true);
  if (!db) return db.error();
  // The commit must be on the disk before the old key goes, and what the old one sealed must go
  // with it.
  if (auto status = db->exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"); !status)
    return status.error();
  return rekey(*db, current, next);
}

/// A commit that reported a failure may yet have reached the disk.
bool is_sealed_with(const std::filesystem::path& database, const Vault& vault) {
  const auto found = examine(database);
  return found && found->sealed && check_master_key(vault, *found->sealed, database);
}

}  // namespace

Result<std::size_t> rekey(Db& db, const Vault& current, const Vault& next) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  auto keys = rekey_keys(db, current, next);
  if (!keys) return keys;
  auto secrets = rekey_secrets(db, current, next);
  if (!secrets) return secrets;
  if (auto status = remember_master_key(db, next); !status) return status.error();
  if (auto status = transaction->commit(); !status) return status.error();
  return *keys + *secrets;
}

Result<Rotation> rotate_master_key(const RotationOptions& options) {
  const bool has_file = !options.current_hex;
  if (!has_file && !options.next_hex) {
    return Error{.kind = ErrorKind::configuration,
                 .message =
                     "FREELLMAPI_MASTER_KEY holds the present key, so the new one has to be "
                     "given; it cannot be put into that variable from here"};
  }
  StoreOptions present{.data_dir = options.data_dir};
  if (!has_file) present.master_key_hex = options.current_hex->clone();
  auto current = present_vault(present);
  if (!current) return current.error();
  const Secret hex =
      options.next_hex ? options.next_hex->clone() : Secret::take(random_hex(kKeyBytes));
  auto master = parse_master_key(hex.reveal());
  if (!master) return master.error();
  const Vault next{*master};
  if (next.key_id() == current->key_id()) {
    return Error{.kind = ErrorKind::configuration, .message = "the new key is the present one"};
  }
  if (has_file) {
    if (auto status = write_next_master_key(options.data_dir, hex); !status) return status.error();
  }
  auto secrets = rekey_database(options.data_dir / kDatabaseName, *current, next);
  if (!secrets) {
    if (has_file && is_sealed_with(options.data_dir / kDatabaseName, *current))
      discard_next_master_key(options.data_dir);
    return secrets.error();
  }
  if (has_file) {
    if (auto status = promote_next_master_key(options.data_dir); !status) return status.error();
  }
  return Rotation{
      .old_key_id = current->key_id_hex(), .new_key_id = next.key_id_hex(), .secrets = *secrets};
}

Result<std::vector<UnreadableRow>> unreadable_rows(Db& db, const Vault& vault) {
  std::vector<UnreadableRow> rows;
  auto keys = read_keys(db);
  if (!keys) return keys.error();
  for (const auto& key : *keys) {
    if (const auto opened = vault.open(key.sealed, binding_of(key)); !opened)
      rows.push_back({name_of(key), opened.error().message});
  }
  auto secrets = read_secrets(db);
  if (!secrets) return secrets.error();
  for (const auto& [name, envelope] : *secrets) {
    if (const auto opened = vault.open(envelope, secret_binding(name)); !opened)
      rows.push_back({"the stored " + name, opened.error().message});
  }
  return rows;
}

}  // namespace freellm::store
