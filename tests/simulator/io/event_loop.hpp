#pragma once
// One thread, one epoll set, one ordered map of timers. Everything in the simulator runs on it, so
// nothing else needs a lock. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace simulator {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

/// Something with a file descriptor.
class Handler {
 public:
  virtual ~Handler() = default;
  /// `events` is a set of EPOLL* bits.
  virtual void on_events(std::uint32_t events) = 0;
};

class EventLoop {
 public:
  using TimerKey = std::pair<Clock::time_point, std::uint64_t>;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void watch(int fd, std::uint32_t events, Handler& handler);
  void change(int fd, std::uint32_t events, Handler& handler);
  void forget(int fd);

  /// Calls `action` once, `wait` from now. The key cancels it; cancelling twice is harmless.
  TimerKey after(Millis wait, std::function<void()> action);
  void cancel(const TimerKey& key);

  /// Destroys `handler` once the current batch of events can no longer mention it.
  void retire(std::unique_ptr<Handler> handler) { retired_.push_back(std::move(handler)); }

  void run();
  void stop() { is_running_ = false; }

 private:
  int next_timeout_ms() const;
  void fire_timers();

  int epoll_ = -1;
  bool is_running_ = true;
  std::uint64_t last_timer_ = 0;
  std::map<TimerKey, std::function<void()>> timers_;
  std::vector<std::unique_ptr<Handler>> retired_;
};

}  // namespace simulator
