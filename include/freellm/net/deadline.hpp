#pragma once
// Deadlines of one worker: many moving time limits on a single timer.
//
// A deadline that is pushed forward (by every byte of a stream, say) costs one store: the queue
// keeps the old time and looks again when it comes. Only bringing a deadline forward touches the
// heap. Everything here belongs to one worker thread.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "freellm/base/clock.hpp"

namespace freellm::net {

class DeadlineQueue;

/// A single moving time limit. The action runs once, on the worker's thread, when the limit passes;
/// it must not destroy the Deadline it belongs to. Destroying or clearing it disarms it.
class Deadline {
 public:
  Deadline(DeadlineQueue& queue, std::function<void()> action);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Replaces the action; for members of an object that the action refers to.
  void on_expiry(std::function<void()> action) { action_ = std::move(action); }
  void expires_at(SteadyTime when);
  void expires_after(Millis delay);
  void clear() { when_ = SteadyTime::max(); }
  [[nodiscard]] SteadyTime when() const { return when_; }

 private:
  friend class DeadlineQueue;
  static constexpr std::size_t kNotQueued = static_cast<std::size_t>(-1);

  DeadlineQueue& queue_;
  std::function<void()> action_;
  SteadyTime when_ = SteadyTime::max();
  SteadyTime queued_at_ =
      SteadyTime::max();  ///< key in the heap; never later than when_ while armed
  std::size_t index_ = kNotQueued;
};

class DeadlineQueue {
 public:
  explicit DeadlineQueue(boost::asio::io_context& context);
  ~DeadlineQueue();
  /// From now on every limit counts as passed, those set later too: whatever still waits is given
  /// up, and the event loop can run empty.
  void shutdown();

 private:
  friend class Deadline;
  void insert(Deadline& deadline);
  void remove(Deadline& deadline);
  void arm();
  void on_timer();
  void sift_up(std::size_t i);
  void sift_down(std::size_t i);
  void place(std::size_t i, Deadline* deadline);

  struct Timer;
  std::unique_ptr<Timer> timer_;
  std::vector<Deadline*> heap_;
  SteadyTime armed_for_ = SteadyTime::max();
  bool shut_down_ = false;
};

}  // namespace freellm::net
