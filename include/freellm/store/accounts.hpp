#pragma once
// The dashboard's password and its sessions. Functions over a connection; run the changing ones
// through Writer::change(). Tokens are kept as hashes only: who reads the database cannot use a
// session.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

/// nullopt before the first set-up.
[[nodiscard]] Result<std::optional<std::string>> password_hash(Db& db);
[[nodiscard]] Status put_password_hash(Db& db, std::string_view hash, WallTime now);

struct AdminSession {
  std::int64_t id = 0;
  std::string token_hash;  ///< raw bytes
  WallTime created_at;
  WallTime last_seen_at;
  WallTime expires_at;
  std::string address;  ///< that it was opened from
  std::string user_agent;
};

/// Returns the new id; that of `session` is not read.
[[nodiscard]] Result<std::int64_t> add_session(Db& db, const AdminSession& session);
[[nodiscard]] Status touch_session(Db& db, std::int64_t id, WallTime seen, WallTime expires);
[[nodiscard]] Status remove_session(Db& db, std::int64_t id);
/// All but `keep` (0 = none is kept).
[[nodiscard]] Status remove_sessions(Db& db, std::int64_t keep);
[[nodiscard]] Result<std::set<std::int64_t>> session_ids(Db& db);
/// Deletes those that have expired and returns the others.
[[nodiscard]] Result<std::vector<AdminSession>> load_sessions(Db& db, WallTime now);

}  // namespace freellm::store
