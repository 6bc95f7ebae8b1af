#pragma once
// Abort: how an attempt is given up from outside while it waits for something.
//
// The step that waits leaves its way of ending the wait here (close the socket, complete the lookup
// with an error); whoever gives up calls fire(). One worker thread; at most one step waits at a
// time.

#include <cstdint>
#include <functional>
#include <utility>

namespace freellm::net {

enum class AbortReason : std::uint8_t { none, timed_out, client_gone, shutdown };

class Abort {
 public:
  /// Ends the current wait, if any, and makes every later step fail at once. The first reason
  /// stays.
  void fire(AbortReason reason) {
    if (reason_ != AbortReason::none) return;
    reason_ = reason;
    if (auto action = std::exchange(action_, nullptr)) action();
  }
  [[nodiscard]] AbortReason reason() const { return reason_; }
  [[nodiscard]] bool fired() const { return reason_ != AbortReason::none; }
  void reset() {
    reason_ = AbortReason::none;
    action_ = nullptr;
  }

  /// Holds the way out for the length of one step.
  class Step {
   public:
    template <class Action>
    Step(Abort& abort, Action action) : abort_(abort) {
      abort_.action_ = std::move(action);
    }
    ~Step() { abort_.action_ = nullptr; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Abort& abort_;
  };

 private:
  AbortReason reason_ = AbortReason::none;
  std::function<void()> action_;
};

}  // namespace freellm::net
