#include "freellm/store/key_undo.hpp"

#include "freellm/store/keys.hpp"
#include "freellm/store/proxies.hpp"

namespace freellm::store {

Result<RemovedKey> take_key(Db& db, KeyId id) {
  RemovedKey key;
  {
    auto rows = db.prepare(
        "SELECT platform_id, label, sealed, masked, fingerprint, enabled, state, state_reason, "
        "checked_at, created_at, source, (SELECT sealed FROM secret WHERE name = ?) "
        "FROM provider_key WHERE id = ?");
    if (!rows) return rows.error();
    auto row = rows->bind(key_proxy(id), id.value).step();
    if (!row) return row.error();
    if (!*row) {
      return Error{.kind = ErrorKind::bad_request,
                   .source = ErrorSource::downstream,
                   .http_status = 404,
                   .message = "There is no such key.",
                   .code = "not_found"};
    }
    key = {.id = id,
           .platform = rows->integer(0),
           .label = std::string{rows->text(1)},
           .sealed = std::string{rows->blob(2)},
           .masked = std::string{rows->text(3)},
           .fingerprint = std::string{rows->blob(4)},
           .state = std::string{rows->text(6)},
           .state_reason = std::string{rows->text(7)},
           .source = std::string{rows->text(10)},
           .sealed_proxy = rows->is_null(11) ? "" : std::string{rows->blob(11)},
           .enabled = rows->integer(5) != 0,
           .checked_at = rows->optional_integer(8),
           .created_at = rows->integer(9)};
  }
  if (auto status = remove_key(db, id); !status) return status.error();
  return key;
}

Status put_key_back(Db& db, const RemovedKey& key) {
  auto taken = db.scalar("SELECT id FROM provider_key WHERE platform_id = ? AND fingerprint = ?",
                         key.platform, Blob{key.fingerprint});
  if (!taken) return taken.error();
  if (*taken) {
    return Error{.kind = ErrorKind::bad_request,
                 .source = ErrorSource::downstream,
                 .http_status = 409,
                 .message = "The same key has been added again meanwhile.",
                 .code = "duplicate_key"};
  }
  if (!key.sealed_proxy.empty()) {
    auto status =
        db.run("INSERT OR REPLACE INTO secret (name, sealed, updated_at) VALUES (?, ?, ?)",
               key_proxy(key.id), Blob{key.sealed_proxy}, key.created_at);
    if (!status) return status;
  }
  return db.run(
      "INSERT INTO provider_key (id, platform_id, label, sealed, masked, fingerprint, enabled, "
      "state, state_reason, checked_at, created_at, source) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      key.id.value, key.platform, key.label, Blob{key.sealed}, key.masked, Blob{key.fingerprint},
      key.enabled, key.state, key.state_reason, key.checked_at, key.created_at, key.source);
}

}  // namespace freellm::store
