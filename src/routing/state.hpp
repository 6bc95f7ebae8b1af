#pragma once
// The router's mutable state: one PlatformState per platform, everything below it under its mutex.
//
// States are made when a snapshot first names them and live as long as the router or any snapshot
// that points at them; a map's nodes never move, so a RouteIndex may keep plain pointers.

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "freellm/routing/cooldown.hpp"
#include "freellm/routing/journal.hpp"
#include "freellm/routing/penalty.hpp"
#include "freellm/routing/quota.hpp"
#include "freellm/routing/score.hpp"
#include "freellm/routing/sticky.hpp"

namespace freellm::routing::detail {

struct ScopeState {
  QuotaScope quota;
  Cooldown cooldown;
};

struct KeyState : ScopeState {
  SteadyTime last_used = SteadyTime::min();
};

struct ModelState : ScopeState {
  Penalty penalty;
  RouteStats stats;
};

struct PlatformState : ScopeState {
  explicit PlatformState(PlatformId platform) : id(platform) {}

  /// To be called after every change that can alter a verdict: bookings, cooldowns, limits.
  void changed() { ++revision; }

  PlatformId id;
  mutable std::mutex mutex;
  std::uint64_t revision = 1;  ///< what a RememberedRefusal was found at
  std::map<KeyId, KeyState> keys;
  std::map<ModelId, ModelState> models;
  std::map<std::pair<ModelId, KeyId>, ScopeState> lanes;
};

/// How far the wall clock stands behind the latest it has been, measured against the steady clock.
/// After a step back nobody knows which of the two readings was right, so calendar windows start
/// over by the earlier one and count a request by the later one. Forgotten after a day, or a clock
/// that was once ahead would count every last hour twice for ever. Thread-safe.
class ClockLag {
 public:
  [[nodiscard]] WallTime::duration at(Now now);
  /// A moment known to lie in the past.
  void has_been(WallTime at, Now now);

 private:
  std::atomic<WallTime::rep> ahead_{
      std::numeric_limits<WallTime::rep>::min()};  ///< highest wall - steady
  std::atomic<SteadyTime::rep> confirmed_{0};      ///< when it last was that high
};

struct RouterState {
  LedgerJournal* journal = nullptr;
  std::atomic<std::int64_t> next_lease{1};
  std::atomic<std::uint64_t> next_ticket{1};
  std::atomic<int> waiting{0};
  StickyMap sticky;
  ClockLag clock_lag;

  mutable std::mutex mutex;  ///< guards the map below, not the states
  std::map<PlatformId, std::shared_ptr<PlatformState>> platforms;
};

}  // namespace freellm::routing::detail
