#pragma once
// Completion<T>: a value that arrives later, awaited by at most one coroutine, completed at most
// once.
//
// For waits that are not socket operations: a name lookup, a cancelled connect, an answer from
// another thread (post complete() to the worker's context). Shared, because the side that completes
// may outlive the side that waits: give up by calling complete() with an error and forgetting it.

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

namespace freellm::net {

template <class T>
class Completion {
 public:
  /// Returns false when it had been completed before; the value is then dropped.
  bool complete(T value) {
    if (value_) return false;
    value_.emplace(std::move(value));
    if (auto waiter = std::exchange(waiter_, {})) waiter.resume();
    return true;
  }
  [[nodiscard]] bool completed() const { return value_.has_value(); }

  struct Awaiter {
    Completion& self;
    bool await_ready() { return self.value_.has_value(); }
    void await_suspend(std::coroutine_handle<> waiter) { self.waiter_ = waiter; }
    T await_resume() { return std::move(*self.value_); }
  };
  /// The Completion must outlive the wait: keep the shared_ptr in a named local.
  [[nodiscard]] Awaiter wait() { return Awaiter{*this}; }

 private:
  std::optional<T> value_;
  std::coroutine_handle<> waiter_;
};

}  // namespace freellm::net
