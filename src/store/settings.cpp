#include "freellm/store/settings.hpp"

#include "vault_row.hpp"
#include "wall_time.hpp"

namespace freellm::store {
Result<std::optional<std::string>> get_setting(Db& db, std::string_view name) {
  auto statement = db.prepare("SELECT value FROM setting WHERE name = ?");
  if (!statement) return statement.error();
  auto row = statement->bind(name).step();
  if (!row) return row.error();
  if (!*row) return std::optional<std::string>{};
  return std::optional{std::string{statement->text(0)}};
}

Result<std::map<std::string, std::string>> all_settings(Db& db) {
  auto statement = db.prepare("SELECT name, value FROM setting");
  if (!statement) return statement.error();
  std::map<std::string, std::string> settings;
  statement->bind();
  for (;;) {
    auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return settings;
    settings.emplace(statement->text(0), statement->text(1));
  }
}

Status put_setting(Db& db, std::string_view name, std::string_view value) {
  return db.run(
      "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
      "excluded.value",
      name, value);
}

Status remove_setting(Db& db, std::string_view name) {
  return db.run("DELETE FROM setting WHERE name = ?", name);
}

Result<std::optional<Secret>> get_secret(Db& db, const Vault& vault, std::string_view name) {
  auto statement = db.prepare("SELECT sealed FROM secret WHERE name = ?");
  if (!statement) return statement.error();
  auto row = statement->bind(name).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Secret>{};
  auto secret = vault.open(statement->blob(0), secret_binding(name));
  if (!secret) return secret.error();
  return std::optional<Secret>{*std::move(secret)};
}

Status put_secret(Db& db, const Vault& vault, std::string_view name, std::string_view secret,
                  WallTime now) {
  if (auto status = require_present_key(db, vault); !status) return status;
  auto sealed = vault.seal(secret, secret_binding(name));
  if (!sealed) return sealed.error();
  return db.run(
      "INSERT INTO secret (name, sealed, updated_at) VALUES (?, ?, ?) "
      "ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = "
      "excluded.updated_at, last_used_at = NULL",
      name, Blob{*sealed}, to_ms(now));
}

Status note_secret_use(Db& db, std::string_view name, WallTime at) {
  return db.run(
      "UPDATE secret SET last_used_at = ? WHERE name = ? AND updated_at <= ? AND "
      "coalesce(last_used_at, 0) < ?",
      to_ms(at), name, to_ms(at), to_ms(at));
}

Result<std::optional<SecretTimes>> secret_times(Db& db, std::string_view name) {
  auto statement = db.prepare("SELECT updated_at, last_used_at FROM secret WHERE name = ?");
  if (!statement) return statement.error();
  auto row = statement->bind(name).step();
  if (!row) return row.error();
  if (!*row) return std::optional<SecretTimes>{};
  SecretTimes times{.updated = from_ms(statement->integer(0)), .last_used = {}};
  if (const auto used = statement->optional_integer(1)) times.last_used = from_ms(*used);
  return std::optional{times};
}

}  // namespace freellm::store
