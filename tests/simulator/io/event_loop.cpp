#include "io/event_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace simulator {

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) {
    std::perror("epoll_create1");
    std::exit(1);
  }
}

EventLoop::~EventLoop() { close(epoll_); }

void EventLoop::watch(int fd, std::uint32_t events, Handler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void EventLoop::change(int fd, std::uint32_t events, Handler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

EventLoop::TimerKey EventLoop::after(Millis wait, std::function<void()> action) {
  const TimerKey key{Clock::now() + wait, ++last_timer_};
  timers_.emplace(key, std::move(action));
  return key;
}

void EventLoop::cancel(const TimerKey& key) { timers_.erase(key); }

int EventLoop::next_timeout_ms() const {
  if (timers_.empty()) return -1;
  const auto wait = timers_.begin()->first.first - Clock::now();
  if (wait <= Clock::duration::zero()) return 0;
  return static_cast<int>(std::chrono::ceil<Millis>(wait).count());
}

void EventLoop::fire_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    node.mapped()();
  }
}

void EventLoop::run() {
  std::array<epoll_event, 256> events{};
  while (is_running_) {
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), next_timeout_ms());
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; ++i) {
      auto& event = events[static_cast<std::size_t>(i)];
      static_cast<Handler*>(event.data.ptr)->on_events(event.events);
    }
    if (!timers_.empty()) fire_timers();
    retired_.clear();
  }
}

}  // namespace simulator
