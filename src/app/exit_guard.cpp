#include "exit_guard.hpp"

#include <utility>

namespace freellm::app {

ExitGuard::~ExitGuard() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    is_over_ = true;
  }
  over_.notify_all();
  thread_.join();
}

void ExitGuard::arm(Millis limit, std::function<void()> expired) {
  thread_ = std::thread{[this, limit, action = std::move(expired)] {
    std::unique_lock lock{mutex_};
    const bool is_in_time = over_.wait_for(lock, limit, [this] { return is_over_; });
    lock.unlock();
    if (!is_in_time) action();
  }};
}

}  // namespace freellm::app
