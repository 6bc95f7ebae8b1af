#include "freellm/store/accounts.hpp"

#include "wall_time.hpp"

namespace freellm::store {

Result<std::optional<std::string>> password_hash(Db& db) {
  auto statement = db.prepare("SELECT password_hash FROM admin_account WHERE id = 1");
  if (!statement) return statement.error();
  auto row = statement->bind().step();
  if (!row) return row.error();
  if (!*row) return std::optional<std::string>{};
  return std::optional{std::string{statement->text(0)}};
}

Status put_password_hash(Db& db, std::string_view hash, WallTime now) {
  return db.run(
      "INSERT INTO admin_account (id, password_hash, updated_at) VALUES (1, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET password_hash = excluded.password_hash, "
      "updated_at = excluded.updated_at",
      hash, to_ms(now));
}

Result<std::int64_t> add_session(Db& db, const AdminSession& session) {
  auto status = db.run(
      "INSERT INTO admin_session (token_hash, created_at, last_seen_at, expires_at, address, "
      "user_agent) VALUES (?, ?, ?, ?, ?, ?)",
      Blob{session.token_hash}, to_ms(session.created_at), to_ms(session.last_seen_at),
      to_ms(session.expires_at), session.address, session.user_agent);
  if (!status) return status.error();
  return db.last_insert_id();
}

Status touch_session(Db& db, std::int64_t id, WallTime seen, WallTime expires) {
  return db.run("UPDATE admin_session SET last_seen_at = ?, expires_at = ? WHERE id = ?",
                to_ms(seen), to_ms(expires), id);
}

Status remove_session(Db& db, std::int64_t id) {
  return db.run("DELETE FROM admin_session WHERE id = ?", id);
}

Status remove_sessions(Db& db, std::int64_t keep) {
  return db.run("DELETE FROM admin_session WHERE id <> ?", keep);
}

Result<std::set<std::int64_t>> session_ids(Db& db) {
  auto rows = db.prepare("SELECT id FROM admin_session");
  if (!rows) return rows.error();
  rows->bind();
  std::set<std::int64_t> ids;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return ids;
    ids.insert(rows->integer(0));
  }
}

Result<std::vector<AdminSession>> load_sessions(Db& db, WallTime now) {
  if (auto status = db.run("DELETE FROM admin_session WHERE expires_at <= ?", to_ms(now)); !status)
    return status.error();
  auto rows = db.prepare(
      "SELECT id, token_hash, created_at, last_seen_at, expires_at, address, user_agent "
      "FROM admin_session ORDER BY id");
  if (!rows) return rows.error();
  rows->bind();
  std::vector<AdminSession> sessions;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return sessions;
    sessions.push_back({.id = rows->integer(0),
                        .token_hash = std::string{rows->blob(1)},
                        .created_at = from_ms(rows->integer(2)),
                        .last_seen_at = from_ms(rows->integer(3)),
                        .expires_at = from_ms(rows->integer(4)),
                        .address = std::string{rows->text(5)},
                        .user_agent = std::string{rows->text(6)}});
  }
}

}  // namespace freellm::store
