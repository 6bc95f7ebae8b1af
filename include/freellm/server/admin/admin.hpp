#pragma once
// Admin: the state behind /api, and the one thread that its handlers run on.
//
// Handlers may block (queries, password hashes, waiting for the writer), so they never run on an
// I/O thread, and one thread for all of them means that two changes never interleave. What an I/O
// thread asks (admit(), the sessions, the events) is thread-safe and short.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "freellm/provider/adapter.hpp"
#include "freellm/proxy/context.hpp"
#include "freellm/server/admin/events.hpp"
#include "freellm/server/admin/request.hpp"
#include "freellm/server/admin/services.hpp"
#include "freellm/server/admin/sessions.hpp"
#include "freellm/server/admin/throttle.hpp"
#include "freellm/store/key_undo.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::server::admin {

struct AdminOptions {
  std::vector<std::string>
      hosts;              ///< names that a Host header may hold besides localhost and IP literals
  Secret token;           ///< FREELLMAPI_ADMIN_TOKEN; empty = there is none
  Secret first_password;  ///< FREELLMAPI_ADMIN_PASSWORD; sets the password when there is none yet
  Millis session_ttl{};
};

class Housekeeping;
class JobThread;
class KeyChecks;
class LiveEvents;

class Admin {
 public:
  /// `services` and `daemon` outlive it.
  Admin(proxy::Services& services, AdminServices& daemon, AdminOptions options);
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;
  /// Finishes the running job and forgets the others.
  ~Admin();

  /// Reads the account and starts the thread.
  [[nodiscard]] Status start();
  /// Runs `job` on the admin thread. False when too many wait. Thread-safe.
  [[nodiscard]] bool post(std::function<void()> job);
  /// The command line changed the password: reads it again, and ends the sessions that are no
  /// longer in the database. Thread-safe.
  void account_changed();
  /// Likewise on a thread that never waits for the disk, for what is told from memory.
  [[nodiscard]] bool post_from_memory(std::function<void()> job);
  /// Likewise, for what must not be lost: as many as there are checks under way, no more.
  void enqueue(std::function<void()> job);
  /// Ends the event feeds, so that a drain need not wait for them.
  void close() { events.close(); }

  /// Thread-safe: what the session asks before it reads a body.
  [[nodiscard]] const std::vector<std::string>& hosts() const { return options_.hosts; }
  [[nodiscard]] bool is_admin_token(std::string_view presented) const;

  /// Only on the admin thread from here on.
  [[nodiscard]] store::Db& db() { return *db_; }
  /// Waits a few seconds until what was logged can be read: 503 storage_unavailable.
  [[nodiscard]] Status catch_up();
  /// Waits a few seconds for the writer to begin: 503 storage_unavailable.
  [[nodiscard]] Status change(std::function<Status(store::Db&)> work);
  [[nodiscard]] const std::optional<std::string>& password() const { return password_hash_; }
  [[nodiscard]] Status set_password(std::string_view password, Now now);
  [[nodiscard]] const std::string& setup_code() const { return setup_code_; }

  /// Queues a check of the key against its platform; one runs at a time.
  void check_key(KeyId key);
  [[nodiscard]] bool is_checking(KeyId key) const;
  /// After a change to how often keys are checked.
  void look_at_checks() { next_tick_ = services.clock.now().steady; }
  /// After a change to keys, models or platforms.
  [[nodiscard]] Status routes_changed();

  proxy::Services& services;
  AdminServices& daemon;
  SessionTable sessions;  ///< thread-safe
  EventHub events;        ///< thread-safe
  LoginThrottle throttle;
  std::atomic<std::int64_t> fallback_version{1};
  std::atomic<std::int64_t> settings_version{1};
  std::string version;   ///< of the program; constant
  std::string compiler;  ///< likewise
  /// The last answer of /metrics; of the thread that tells from memory.
  struct {
    std::string text;
    SteadyTime at;
  } metrics_cache;
  /// Deleted keys that may come back, and until when.
  std::deque<std::pair<store::RemovedKey, WallTime>> removed_keys;

 private:
  void run();

  AdminOptions options_;
  std::optional<store::Db> db_;
  std::optional<std::string> password_hash_;
  std::string setup_code_;
  std::unique_ptr<KeyChecks> checks_;
  SteadyTime next_tick_{};

  std::unique_ptr<LiveEvents> live_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<JobThread> from_memory_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace freellm::server::admin
