#pragma once
// LiveEvents: from what the request line tells (values, any thread) to events of the feed (JSON,
// made on the admin thread). Private to the admin sources.
//
// Bounded: when news come faster than they can be shown, beginnings and first tokens are left out
// first; what is lost beyond that is admitted with a resync, at most once in a few seconds, so that
// a storm of requests does not become a storm of refetching.

#include <cstddef>
#include <mutex>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/proxy/live_feed.hpp"

namespace freellm::server::admin {

class Admin;

class LiveEvents {
 public:
  static constexpr std::size_t kQueue = 512;
  static constexpr int kPerSecond = 400;
  static constexpr Millis kCountersEvery{1'000};
  static constexpr Millis kResyncEvery{5'000};

  explicit LiveEvents(Admin& admin) : admin_(admin) {}
  /// Any thread; never blocks long.
  void add(proxy::News news);

 private:
  void drain();
  [[nodiscard]] bool may_send(SteadyTime now);

  Admin& admin_;
  std::mutex mutex_;
  std::vector<proxy::News> queue_;
  bool is_scheduled_ = false;
  bool is_lossy_ = false;

  // Of the admin thread.
  SteadyTime second_{};
  int sent_ = 0;
  SteadyTime counters_at_{};
  SteadyTime resync_at_{};
};

}  // namespace freellm::server::admin
