#pragma once
// KeyChecks: asks platforms whether stored keys are good: on demand, and by itself from time to
// time. One check runs at a time; it waits on a worker, not here. Belongs to the admin thread.

#include <deque>
#include <map>
#include <set>

#include "check_schedule.hpp"
#include "freellm/server/admin/admin.hpp"

namespace freellm::server::admin {

class KeyChecks {
 public:
  explicit KeyChecks(Admin& admin);

  /// Queues a check; the verdict arrives as event `key`.
  void ask(KeyId key, CheckKind kind);
  [[nodiscard]] bool is_checking(KeyId key) const { return checking_.contains(key); }
  /// Begins the periodic check that is due. Returns after how long to call again.
  [[nodiscard]] Millis tick(Now now);

 private:
  struct Waiting {
    KeyId key;
    CheckKind kind;
  };
  void begin_next();
  bool begin(const Waiting& next);
  void finish(Waiting done, const proxy::ProbedKey& check);
  [[nodiscard]] Result<std::vector<CheckSubject>> subjects();

  Admin& admin_;
  std::uint64_t seed_;
  std::set<KeyId> checking_;
  std::deque<Waiting> waiting_;
  std::map<PlatformId, WallTime> asked_;
  bool runs_ = false;
};

}  // namespace freellm::server::admin
