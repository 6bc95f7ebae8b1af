#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

namespace freellm::app {
namespace {

sigset_t taken() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void take_signals() {
  const sigset_t set = taken();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error like a full disk, not the end
}

SignalKind wait_for_signal() {
  const sigset_t set = taken();
  for (;;) {
    int number = 0;
    if (::sigwait(&set, &number) != 0) continue;
    return number == SIGHUP ? SignalKind::reload : SignalKind::stop;
  }
}

bool wait_until(const std::function<bool()>& done, Millis limit) {
  const sigset_t set = taken();
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    // A drain lasts seconds at most and happens once: looking every 5 ms is simpler than a
    // condition variable that a signal must interrupt.
    const timespec pause{0, 5'000'000};
    const int number = ::sigtimedwait(&set, nullptr, &pause);
    if (number == SIGTERM || number == SIGINT) ::_exit(1);
  }
  return true;
}

}  // namespace freellm::app
