#pragma once
// LiveFeed: what happens while requests run, for whoever watches.
//
// Thread-safe. Nobody watching costs the request line one relaxed load; the news themselves are
// values, made into text elsewhere. A feed without a sink drops what it is given.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include "freellm/base/clock.hpp"
#include "freellm/store/records.hpp"

namespace freellm::proxy {

struct RequestNews {
  enum class Phase : std::uint8_t { started, attempt_failed, first_token, finished };
  Phase phase = Phase::started;
  WallTime at;
  /// As far as it is known; `at` and `latency` are those of this moment, status 0 = it still runs.
  /// With attempt_failed the last of its failed attempts is the one that just failed.
  store::RequestRecord request;
};

/// A cooldown began or ended, or a limit was learned.
struct QuotaNews {
  bool learned = false;
  store::RouteIds route;          ///< parts outside the scope are 0
  std::optional<WallTime> until;  ///< of a cooldown that runs
};

using News = std::variant<RequestNews, QuotaNews>;

class LiveFeed {
 public:
  [[nodiscard]] bool watched() const { return watchers_.load(std::memory_order_relaxed) != 0; }
  void publish(News news) const {
    if (sink_) sink_(std::move(news));
  }

  /// Before the first request only. `sink` is called on any thread and must not block.
  void set_sink(std::function<void(News)> sink) { sink_ = std::move(sink); }
  void add_watcher() { watchers_.fetch_add(1, std::memory_order_relaxed); }
  void remove_watcher() { watchers_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::atomic<int> watchers_{0};
  std::function<void(News)> sink_;
};

}  // namespace freellm::proxy
