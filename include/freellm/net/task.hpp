#pragma once
// Task<T>: a lazily started coroutine that belongs to whoever awaits it, and spawn() for one that
// belongs to nobody.
//
// Why not asio::awaitable: our cancellation closes the socket and lets every pending operation fail
// with an error code, so nothing throws, nothing needs cancellation slots, and an operation costs
// no frame of its own. That also leaves behind the traps Asio 1.26 has around cancelled coroutines.
// Single-threaded: a task is resumed on the thread of its worker only.
//
// House rule for g++ 12 (GCC PR 99576, 107288): a co_await expression contains only names, literals
// and views; every argument with a destructor is a named object, moved in.

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace freellm::net {

template <class T>
class Task;

namespace detail {

/// Memory of coroutine frames. Every request goes through the same dozen coroutines, so their
/// frames are kept per thread and used again: the general allocator takes its slow path for blocks
/// of this size. A frame may be freed on another thread than its own.
[[nodiscard]] void* allocate_frame(std::size_t bytes);
void free_frame(void* frame, std::size_t bytes) noexcept;

struct PromiseBase {
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  std::coroutine_handle<> continuation;
  std::exception_ptr exception;

  std::suspend_always initial_suspend() noexcept { return {}; }

  // The awaiting side starts a task with resume() and looks at done() afterwards, so a task that
  // never suspends returns to its caller's frame. Symmetric transfer would do that too, but g++
  // turns it into a tail call only when optimising, and loops over ready tasks would eat the stack
  // in debug builds.
  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      if (auto next = self.promise().continuation) next.resume();
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> task;
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
      task.resume();
      if (task.done()) return false;
      task.promise().continuation = parent;
      return true;
    }
    T await_resume() { return task.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() {
  return Task<T>{std::coroutine_handle<Promise>::from_promise(*this)};
}
inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>{std::coroutine_handle<Promise>::from_promise(*this)};
}

/// Runs `task` until it first waits, then lets it go on by itself; its frame frees itself at the
/// end. Whatever the task refers to must live as long as it does: pass by value or shared_ptr. An
/// exception that escapes is logged and swallowed.
void spawn(Task<void> task);

}  // namespace freellm::net
