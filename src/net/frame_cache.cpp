// Where coroutine frames come from: free lists by size, one set per thread.

#include <array>
#include <cstddef>
#include <new>

#include "freellm/base/sanitized.hpp"
#include "freellm/net/task.hpp"

namespace freellm::net::detail {
namespace {

constexpr bool kKeepsFrames = !kSanitized;
constexpr std::size_t kStep = 128;
constexpr std::size_t kClasses = 64;  ///< larger frames are not kept
/// Of each size. What a crowd of streams leaves behind beyond it goes back to the system.
constexpr std::size_t kKeptPerClass = 32;

constexpr std::size_t class_of(std::size_t bytes) { return (bytes + kStep - 1) / kStep; }

struct Link {
  Link* next;
};

struct List {
  Link* first = nullptr;
  std::size_t size = 0;

  void* pop() {
    if (first == nullptr) return nullptr;
    --size;
    Link* const link = first;
    first = link->next;
    return link;
  }
  void push(void* frame) {
    ++size;
    first = new (frame) Link{first};
  }
};

/// Has no destructor, so that frames may still be freed while the thread's other objects die.
struct FrameCache {
  std::array<List, kClasses> lists{};
  enum class State { unused, open, closed } state = State::unused;
};
thread_local constinit FrameCache cache;

struct AtThreadEnd {
  ~AtThreadEnd() {
    cache.state = FrameCache::State::closed;
    for (auto& list : cache.lists) {
      while (void* frame = list.pop()) ::operator delete(frame);
    }
  }
};

void open_cache() {
  thread_local const AtThreadEnd at_thread_end;
  static_cast<void>(at_thread_end);
  cache.state = FrameCache::State::open;
}

}  // namespace

void* allocate_frame(std::size_t bytes) {
  const std::size_t size_class = class_of(bytes);
  if (!kKeepsFrames || size_class >= kClasses) return ::operator new(bytes);
  if (void* frame = cache.lists[size_class].pop()) return frame;
  return ::operator new(size_class* kStep);
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  const std::size_t size_class = class_of(bytes);
  if (kKeepsFrames && size_class < kClasses) {
    if (cache.state == FrameCache::State::unused) open_cache();
    auto& list = cache.lists[size_class];
    if (cache.state == FrameCache::State::open && list.size < kKeptPerClass)
      return list.push(frame);
  }
  ::operator delete(frame);
}

}  // namespace freellm::net::detail
