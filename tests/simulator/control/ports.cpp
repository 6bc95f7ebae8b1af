#include "control/ports.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "io/server.hpp"

namespace simulator {

class OddPorts::Port final : public Handler {
 public:
  Port(EventLoop& loop, int fd, bool hangs_up) : loop_(loop), fd_(fd), hangs_up_(hangs_up) {
    if (hangs_up_) loop_.watch(fd_, EPOLLIN, *this);
  }
  ~Port() override { stop(); }
  void stop() {
    if (fd_ < 0) return;
    if (hangs_up_) loop_.forget(fd_);
    ::close(std::exchange(fd_, -1));
  }
  void on_events(std::uint32_t) override {
    if (fd_ < 0) return;
    for (int peer = ::accept(fd_, nullptr, nullptr); peer >= 0;
         peer = ::accept(fd_, nullptr, nullptr))
      ::close(peer);
  }

 private:
  EventLoop& loop_;
  int fd_;
  bool hangs_up_;
};

OddPorts::OddPorts(EventLoop& loop) : loop_(loop) {}

OddPorts::~OddPorts() = default;

std::uint16_t OddPorts::open(std::string_view kind) {
  if (kind != "refuse" && kind != "stall" && kind != "close") return 0;
  std::uint16_t port = 0;
  const int fd = bind_loopback(port);
  if (fd < 0) return 0;
  if (kind != "refuse" && ::listen(fd, 128) != 0) {
    ::close(fd);
    return 0;
  }
  ports_[port] = std::make_unique<Port>(loop_, fd, kind == "close");
  return port;
}

bool OddPorts::close_port(std::uint16_t port) {
  auto node = ports_.extract(port);
  if (node.empty()) return false;
  node.mapped()->stop();
  loop_.retire(std::move(node.mapped()));
  return true;
}

void OddPorts::clear() {
  while (!ports_.empty()) close_port(ports_.begin()->first);
}

}  // namespace simulator
