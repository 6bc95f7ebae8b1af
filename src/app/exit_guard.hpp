#pragma once
// ExitGuard: a bound on how long leaving may take. Threads that wait for a disk that hangs, or for
// whoever should read our log, cannot be woken; this is what ends the process all the same.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "freellm/base/clock.hpp"

namespace freellm::app {

class ExitGuard {
 public:
  ExitGuard() = default;
  /// In time: `expired` will not be called any more.
  ~ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;

  /// Once. Calls `expired` on a thread of its own when this still lives after `limit`.
  void arm(Millis limit, std::function<void()> expired);

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace freellm::app
