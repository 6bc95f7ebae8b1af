#include "freellm/net/task.hpp"

#include "freellm/base/log.hpp"

namespace freellm::net {
namespace {

struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

Detached run_detached(Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& e) {
    LOG_ERROR("coroutine ended by exception: {}", e.what());
  }
}

}  // namespace

void spawn(Task<void> task) { run_detached(std::move(task)); }

}  // namespace freellm::net
