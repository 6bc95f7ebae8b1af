#pragma once
// How the vault's own row and named secrets are sealed. Private to the store.

#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"
#include "freellm/store/vault.hpp"

namespace freellm::store {

inline constexpr std::string_view kVerifierText = "freellmapi master key";
inline constexpr Binding kVerifierBinding{.table = "vault", .row = 1, .owner = "verifier"};

inline Binding secret_binding(std::string_view name) {
  return {.table = "secret", .row = 0, .owner = name};
}

/// Records `vault`'s key as the one everything is sealed with.
[[nodiscard]] inline Status remember_master_key(Db& db, const Vault& vault) {
  auto verifier = vault.seal(kVerifierText, kVerifierBinding);
  if (!verifier) return verifier.error();
  const std::string_view id{vault.key_id().data(), vault.key_id().size()};
  return db.run(
      "INSERT INTO vault (id, key_id, verifier) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET "
      "key_id = excluded.key_id, verifier = excluded.verifier",
      Blob{id}, Blob{*verifier});
}

/// Fails when the database has been sealed with another key since `vault` was made: a command that
/// had begun before the master key was rotated must not add what nobody can open. Call it in the
/// transaction that adds.
[[nodiscard]] inline Status require_present_key(Db& db, const Vault& vault) {
  auto row = db.prepare("SELECT key_id FROM vault WHERE id = 1");
  if (!row) return row.error();
  auto found = row->bind().step();
  if (!found) return found.error();
  const std::string_view id{vault.key_id().data(), vault.key_id().size()};
  if (!*found || row->blob(0) == id) return {};
  return Error{.kind = ErrorKind::storage,
               .message = "the master key has been changed meanwhile; try again",
               .code = "master_key"};
}

}  // namespace freellm::store
