#include "io/process.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace simulator {

/// Reads stdin away until it closes.
class ExitWatch::Stdin final : public Handler {
 public:
  explicit Stdin(EventLoop& loop) : loop_(loop) {
    ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    loop_.watch(STDIN_FILENO, EPOLLIN | EPOLLRDHUP, *this);
  }
  void on_events(std::uint32_t) override {
    char scrap[256];
    if (::read(STDIN_FILENO, scrap, sizeof scrap) == 0) loop_.stop();
  }

 private:
  EventLoop& loop_;
};

ExitWatch::ExitWatch(EventLoop& loop, bool exits_with_parent) : loop_(loop) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  loop_.watch(signals_, EPOLLIN, *this);
  if (!exits_with_parent) return;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  // A file or /dev/null cannot be watched, and tells nothing about the parent.
  if (::isatty(STDIN_FILENO) == 0) stdin_ = std::make_unique<Stdin>(loop_);
}

ExitWatch::~ExitWatch() {
  if (signals_ >= 0) ::close(signals_);
}

void ExitWatch::on_events(std::uint32_t) { loop_.stop(); }

}  // namespace simulator
