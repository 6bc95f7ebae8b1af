#pragma once
// EventHub: live changes for the dashboard, from any thread to the feeds that are open.
//
// Thread-safe. The last events stand in one bounded ring that all feeds read from, each with a
// cursor of its own: a slow reader costs nothing, it loses events and is told to fetch afresh.
// Without feeds publishing is one lock and one append. What is only told while somebody watches
// (see set_watcher) leaves a gap behind, so the first feed after a pause begins with an empty ring.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace freellm::server::admin {

class EventHub {
 public:
  static constexpr std::size_t kMaxFeeds = 32;
  static constexpr std::size_t kRing = 512;

  /// `json` is one line.
  void publish(std::string_view type, std::string_view json);
  /// Events published so far; the cursor of a feed that begins now.
  [[nodiscard]] std::uint64_t last_id() const;

  struct Batch {
    std::string frames;  ///< ready to send, each with its id
    std::uint64_t cursor = 0;
    bool missed = false;  ///< events after the old cursor are gone
  };
  [[nodiscard]] Batch after(std::uint64_t cursor) const;

  /// Calls `wake` (from any thread) after each event until the returned handle dies. Null when too
  /// many feeds are open, or after close().
  using Feed = std::function<void()>;
  [[nodiscard]] std::shared_ptr<Feed> open_feed(Feed wake);
  /// Called with true when the first feed opens and with false when the last one is gone, from any
  /// thread. Set it before the first feed; it must not call back.
  void set_watcher(std::function<void(bool)> watcher) { watch_->told = std::move(watcher); }
  /// Makes the feeds look whether their sessions still live.
  void wake();
  /// Wakes all feeds for the last time.
  void close();
  [[nodiscard]] bool closed() const;

 private:
  [[nodiscard]] std::vector<std::shared_ptr<Feed>> feeds_now();

  /// Outlives the hub: feeds may be the last to go.
  struct Watch {
    std::atomic<int> feeds{0};
    std::function<void(bool)> told;
  };
  std::shared_ptr<Watch> watch_ = std::make_shared<Watch>();
  mutable std::mutex mutex_;
  std::deque<std::string> ring_;
  std::uint64_t last_ = 0;
  std::vector<std::weak_ptr<Feed>> feeds_;
  bool closed_ = false;
};

}  // namespace freellm::server::admin
