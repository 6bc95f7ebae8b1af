#pragma once
// The router's mutable state: one PlatformState per platform, everything below it under its mutex.
//
// States are made when a snapshot first names them and live as long as the router or any snapshot
// that points at them; a map's nodes never move, so a RouteIndex may keep plain pointers.

#include <atomic>
#include <cstdint>
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

  PlatformId id;
  mutable std::mutex mutex;
  std::map<KeyId, KeyState> keys;
  std::map<ModelId, ModelState> models;
  std::map<std::pair<ModelId, KeyId>, ScopeState> lanes;
};

struct RouterState {
  LedgerJournal* journal = nullptr;
  std::atomic<std::int64_t> next_lease{1};
  std::atomic<std::uint64_t> next_ticket{1};
  std::atomic<int> waiting{0};
  StickyMap sticky;
  std::atomic<WallTime::rep> latest_wall{0};  ///< highest reading journalled against

  /// `at` as the journal should keep it. While the wall clock has been set back, moments are
  /// written down as later by the difference: a restart cannot tell the two readings of an hour
  /// apart, and must not take what happened after midnight for something before it.
  [[nodiscard]] WallTime journal_time(WallTime at, WallTime now) {
    const auto reading = now.time_since_epoch().count();
    const auto latest = latest_wall.load(std::memory_order_relaxed);
    if (reading >= latest) {
      latest_wall.store(reading, std::memory_order_relaxed);
      return at;
    }
    return at + WallTime::duration{latest - reading};
  }

  mutable std::mutex mutex;  ///< guards the map below, not the states
  std::map<PlatformId, std::shared_ptr<PlatformState>> platforms;
};

}  // namespace freellm::routing::detail
