#include "freellm/store/rekey.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "file_descriptor.hpp"
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

Status rekey_keys(Db& db, const Vault& current, const Vault& next) {
  auto keys = read_keys(db);
  if (!keys) return keys.error();
  for (const auto& key : *keys) {
    const Binding binding{.table = kProviderKeyTable, .row = key.id, .owner = key.slug};
    auto secret = current.open(key.sealed, binding);
    if (!secret)
      return cannot_open("key " + std::to_string(key.id) + " of " + key.slug, secret.error());
    auto sealed = next.seal(secret->reveal(), binding);
    if (!sealed) return sealed.error();
    auto status = db.run("UPDATE provider_key SET sealed = ?, fingerprint = ? WHERE id = ?",
                         Blob{*sealed}, Blob{next.fingerprint(secret->reveal(), key.slug)}, key.id);
    if (!status) return status;
  }
  return {};
}

Status rekey_secrets(Db& db, const Vault& current, const Vault& next) {
  auto secrets = read_secrets(db);
  if (!secrets) return secrets.error();
  for (const auto& [name, envelope] : *secrets) {
    auto secret = current.open(envelope, secret_binding(name));
    if (!secret) return cannot_open("the stored " + name, secret.error());
    auto sealed = next.seal(secret->reveal(), secret_binding(name));
    if (!sealed) return sealed.error();
    if (auto status = db.run("UPDATE secret SET sealed = ? WHERE name = ?", Blob{*sealed}, name);
        !status)
      return status;
  }
  return {};
}

}  // namespace

Status rekey(Db& db, const Vault& current, const Vault& next) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status = rekey_keys(db, current, next); !status) return status;
  if (auto status = rekey_secrets(db, current, next); !status) return status;
  if (auto status = remember_master_key(db, next); !status) return status;
  return transaction->commit();
}

Status backup(Db& db, const std::filesystem::path& file) {
  // VACUUM INTO takes an existing file only when it is empty, so the mode can be set before content
  // is there.
  const FileDescriptor created{
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!created) {
    return Error{.kind = ErrorKind::storage,
                 .message = "cannot create " + file.string() + ": " +
                            std::generic_category().message(errno)};
  }
  Status status = db.run("VACUUM INTO ?", file.string());
  if (status && ::fsync(created.get()) != 0) {
    status = Error{.kind = ErrorKind::storage,
                   .message = "cannot write " + file.string() + " to the disk"};
  }
  if (!status) ::unlink(file.c_str());
  return status;
}

}  // namespace freellm::store
