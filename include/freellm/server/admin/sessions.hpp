#pragma once
// SessionTable: who is logged in, in memory, so that an I/O thread can tell without a query.
//
// Thread-safe; a lookup is one hash and a short lock. The database keeps a copy
// (store/accounts.hpp), which the owner of the table writes.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/store/accounts.hpp"

namespace freellm::server::admin {

/// SHA-256, raw.
[[nodiscard]] std::string token_hash(std::string_view token);
/// The CSRF token that belongs to a session token: derived, so it need not be stored.
[[nodiscard]] std::string csrf_token(std::string_view session_token);

class SessionTable {
 public:
  explicit SessionTable(Millis ttl) : ttl_(ttl) {}

  void set_ttl(Millis ttl);
  [[nodiscard]] Millis ttl() const;
  void add(store::AdminSession session);

  /// The live session of `token`. Using it moves its end; `is_due` says that the database should
  /// hear of it (at most once a minute per session).
  struct Seen {
    store::AdminSession session;
    bool is_due = false;
  };
  [[nodiscard]] std::optional<Seen> find(std::string_view token, WallTime now);
  /// Like find(), but watching does not count as use.
  [[nodiscard]] bool is_valid(std::string_view token, WallTime now) const;
  [[nodiscard]] bool is_alive(std::int64_t id, WallTime now) const;
  /// Newest use first.
  [[nodiscard]] std::vector<store::AdminSession> list(WallTime now) const;
  /// False when there is none.
  bool remove(std::int64_t id);
  /// All but `keep`.
  void remove_all(std::int64_t keep = 0);

 private:
  mutable std::mutex mutex_;
  Millis ttl_;
  struct Entry {
    store::AdminSession session;
    WallTime stored_at;
  };
  std::unordered_map<std::string, Entry> by_hash_;
};

}  // namespace freellm::server::admin
