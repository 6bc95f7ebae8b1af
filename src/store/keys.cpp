#include "freellm/store/keys.hpp"

#include <algorithm>
#include <array>

#include "freellm/store/proxies.hpp"
#include "vault_row.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

using catalog::KeyState;

constexpr std::array<std::pair<std::string_view, KeyState>, 4> kStates{
    {{"unknown", KeyState::unknown},
     {"valid", KeyState::valid},
     {"invalid", KeyState::invalid},
     {"unverifiable", KeyState::unverifiable}}};

std::string_view state_name(KeyState state) {
  const auto found = std::find_if(kStates.begin(), kStates.end(),
                                  [&](const auto& entry) { return entry.second == state; });
  return found == kStates.end() ? "unknown" : found->first;
}

KeyState state_of(std::string_view name) {
  const auto found = std::find_if(kStates.begin(), kStates.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == kStates.end() ? KeyState::unknown : found->second;
}

Error refusal(int http_status, std::string code, std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = http_status,
               .message = std::move(message),
               .code = std::move(code)};
}

Error not_found(KeyId id) {
  return refusal(404, "not_found", "there is no key " + std::to_string(id.value));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// A key travels in a header: anything but printable ASCII would break or split it.
Status check_secret(std::string_view secret) {
  if (secret.empty()) return refusal(400, "invalid_key", "the key is empty");
  if (secret.size() > kMaxKeyBytes)
    return refusal(400, "invalid_key", "the key is longer than 8 KiB");
  const bool is_clean =
      std::all_of(secret.begin(), secret.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_clean)
    return refusal(400, "invalid_key", "the key holds spaces, control or non-ASCII characters");
  return {};
}

Status check_label(std::string_view label) {
  if (label.size() > kMaxLabelBytes)
    return refusal(400, "invalid_label", "the label is longer than 200 bytes");
  return {};
}

Result<std::string> slug_of(Db& db, PlatformId platform) {
  auto statement = db.prepare("SELECT slug FROM platform WHERE id = ?");
  if (!statement) return statement.error();
  auto row = statement->bind(platform.value).step();
  if (!row) return row.error();
  if (!*row) return refusal(400, "unknown_platform", "there is no such platform");
  return std::string{statement->text(0)};
}

Status refuse_duplicate(Db& db, PlatformId platform, std::string_view fingerprint) {
  auto statement =
      db.prepare("SELECT id, label FROM provider_key WHERE platform_id = ? AND fingerprint = ?");
  if (!statement) return statement.error();
  auto row = statement->bind(platform.value, Blob{fingerprint}).step();
  if (!row) return row.error();
  if (!*row) return {};
  const std::string label{statement->text(1)};
  const std::string named = label.empty() ? label : " \"" + label + "\"";
  return refusal(
      409, "duplicate_key",
      "the platform has this key already: key " + std::to_string(statement->integer(0)) + named);
}

Result<KeyId> insert_sealed(Db& db, const Vault& vault, PlatformId platform, std::string_view slug,
                            std::string_view secret, std::string_view fingerprint,
                            std::string_view label, WallTime now, std::string_view source) {
  // The row's id is part of what is sealed, so the row has to exist first; both or neither is
  // committed.
  if (auto status = db.run(
          "INSERT INTO provider_key (platform_id, label, sealed, masked, fingerprint, "
          "enabled, state, "
          "state_reason, created_at, source) VALUES (?, ?, x'', ?, ?, 1, 'unknown', '', ?, ?)",
          platform.value, label, masked(secret), Blob{fingerprint}, to_ms(now), source);
      !status) {
    return status.error();
  }
  const KeyId id{db.last_insert_id()};
  auto sealed = vault.seal(secret, {.table = kProviderKeyTable, .row = id.value, .owner = slug});
  if (!sealed) return sealed.error();
  if (auto status =
          db.run("UPDATE provider_key SET sealed = ? WHERE id = ?", Blob{*sealed}, id.value);
      !status) {
    return status.error();
  }
  return id;
}

StoredKey read_row(const Statement& row, const Vault& vault) {
  StoredKey stored;
  stored.key.id = KeyId{row.integer(0)};
  stored.key.platform = PlatformId{static_cast<std::int32_t>(row.integer(1))};
  stored.key.label = row.text(2);
  stored.key.sealed = row.blob(3);
  stored.key.masked = row.text(4);
  stored.key.enabled = row.integer(5) != 0;
  stored.key.state = state_of(row.text(6));
  stored.state_reason = row.text(7);
  stored.checked_at = from_ms(row.optional_integer(8));
  stored.created_at = from_ms(row.integer(9));
  stored.platform_slug = row.text(10);
  stored.source = row.text(11);
  stored.refusals = static_cast<int>(row.integer(12));
  stored.key.base_url = row.text(13);
  // Not written back: with the right master key the row is as good as before.
  if (const auto opened = vault.open(stored.key, stored.platform_slug); !opened) {
    stored.key.state = KeyState::undecryptable;
    stored.state_reason = opened.error().message;
  }
  return stored;
}

Status changed_one(Db& db, Status status, KeyId id) {
  if (!status) return status;
  if (db.changes() == 0) return not_found(id);
  return {};
}

}  // namespace

Result<KeyId> add_key(Db& db, const Vault& vault, PlatformId platform, std::string_view secret,
                      std::string_view label, WallTime now, std::string_view source) {
  secret = trimmed(secret);
  if (auto status = check_secret(secret); !status) return status.error();
  if (auto status = check_label(label); !status) return status.error();
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status = require_present_key(db, vault); !status) return status.error();
  auto slug = slug_of(db, platform);
  if (!slug) return slug.error();
  const std::string fingerprint = vault.fingerprint(secret, *slug);
  if (auto status = refuse_duplicate(db, platform, fingerprint); !status) return status.error();
  auto id = insert_sealed(db, vault, platform, *slug, secret, fingerprint, label, now, source);
  if (!id) return id;
  if (auto status = transaction->commit(); !status) return status.error();
  return id;
}

Result<bool> has_key(Db& db, const Vault& vault, PlatformId platform, std::string_view secret) {
  auto slug = slug_of(db, platform);
  if (!slug) return slug.error();
  auto found = db.scalar("SELECT 1 FROM provider_key WHERE platform_id = ? AND fingerprint = ?",
                         platform.value, Blob{vault.fingerprint(trimmed(secret), *slug)});
  if (!found) return found.error();
  return found->has_value();
}

Result<std::optional<KeyId>> find_key(Db& db, const Vault& vault, std::string_view slug,
                                      std::string_view secret) {
  auto found = db.scalar(
      "SELECT k.id FROM provider_key k JOIN platform p ON p.id = k.platform_id WHERE p.slug = ? "
      "AND k.fingerprint = ?",
      slug, Blob{vault.fingerprint(trimmed(secret), slug)});
  if (!found) return found.error();
  if (!*found) return std::optional<KeyId>{};
  return std::optional{KeyId{**found}};
}

Result<std::vector<StoredKey>> list_keys(Db& db, const Vault& vault) {
  const auto proxies = load_proxies(db, vault);
  if (!proxies) return proxies.error();
  auto statement = db.prepare(
      "SELECT k.id, k.platform_id, k.label, k.sealed, k.masked, k.enabled, k.state, "
      "k.state_reason, k.checked_at, "
      "k.created_at, p.slug, k.source, k.refusals, k.base_url FROM provider_key k JOIN platform p "
      "ON p.id = "
      "k.platform_id ORDER BY "
      "k.id");
  if (!statement) return statement.error();
  std::vector<StoredKey> keys;
  statement->bind();
  for (;;) {
    auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return keys;
    auto& stored = keys.emplace_back(read_row(*statement, vault));
    const auto proxy = proxies->find(key_proxy(stored.key.id));
    if (proxy != proxies->end()) stored.key.proxy = proxy->second;
  }
}

Status edit_key(Db& db, KeyId id, const KeyEdit& edit) {
  if (edit.label) {
    if (auto status = check_label(*edit.label); !status) return status;
  }
  return changed_one(
      db,
      db.run("UPDATE provider_key SET label = coalesce(?, label), enabled = coalesce(?, enabled) "
             "WHERE id = ?",
             edit.label, edit.enabled, id.value),
      id);
}

Status set_key_url(Db& db, KeyId id, std::string_view base_url) {
  return changed_one(
      db, db.run("UPDATE provider_key SET base_url = ? WHERE id = ?", base_url, id.value), id);
}

Status set_key_state(Db& db, KeyId id, KeyState state, std::string_view reason, WallTime now,
                     int refusals) {
  return changed_one(
      db,
      db.run("UPDATE provider_key SET state = ?, state_reason = ?, checked_at = ?, "
             "refusals = ? WHERE id = ?",
             state_name(state), reason.substr(0, 500), to_ms(now), refusals, id.value),
      id);
}

Status remove_key(Db& db, KeyId id) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status = remove_proxy(db, key_proxy(id)); !status) return status;
  if (auto status = changed_one(db, db.run("DELETE FROM provider_key WHERE id = ?", id.value), id);
      !status)
    return status;
  return transaction->commit();
}

}  // namespace freellm::store
