#include "io/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace simulator {

class Server::Listener final : public Handler {
 public:
  Listener(Server& server, int fd, SSL_CTX* tls, std::uint16_t port)
      : server_(server), fd_(fd), tls_(tls), port_(port) {
    server_.loop_.watch(fd_, EPOLLIN, *this);
  }
  ~Listener() override { stop(); }
  void stop() {
    if (fd_ < 0) return;
    server_.loop_.forget(fd_);
    ::close(std::exchange(fd_, -1));
  }
  void on_events(std::uint32_t) override {
    if (fd_ >= 0) server_.accept_all(fd_, tls_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Server& server_;
  int fd_;
  SSL_CTX* tls_;
  std::uint16_t port_;
};

Server::Server(EventLoop& loop, Service& service) : loop_(loop), service_(service) {}

Server::~Server() = default;

int bind_loopback(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0) {
    std::fprintf(stderr, "cannot bind 127.0.0.1:%u: %s\n", port, std::strerror(errno));
    if (fd >= 0) ::close(fd);
    return -1;
  }
  port = ntohs(address.sin_port);
  return fd;
}

std::uint16_t Server::listen(std::uint16_t port, SSL_CTX* tls) {
  const int fd = bind_loopback(port);
  if (fd < 0) return 0;
  if (::listen(fd, 4096) != 0) {
    std::perror("listen");
    ::close(fd);
    return 0;
  }
  listeners_.push_back(std::make_unique<Listener>(*this, fd, tls, port));
  return port;
}

bool Server::close_port(std::uint16_t port) {
  const auto at = std::find_if(listeners_.begin(), listeners_.end(),
                               [port](const auto& each) { return each->port() == port; });
  if (at == listeners_.end()) return false;
  (*at)->stop();
  loop_.retire(std::move(*at));
  listeners_.erase(at);
  return true;
}

void Server::accept_all(int listening, SSL_CTX* tls) {
  for (;;) {
    const int fd = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    // Nagle would hold back every second event of a stream by up to 40 ms.
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL* ssl = nullptr;
    if (tls != nullptr) {
      ssl = SSL_new(tls);
      SSL_set_fd(ssl, fd);
    }
    const auto id = ++last_id_;
    connections_[id] =
        std::make_unique<Connection>(loop_, service_, fd, ssl, id, [this](Connection& gone) {
          auto node = connections_.extract(gone.id());
          if (!node.empty()) loop_.retire(std::move(node.mapped()));
        });
  }
}

Connection* Server::find(std::uint64_t id) const {
  const auto at = connections_.find(id);
  return at == connections_.end() ? nullptr : at->second.get();
}

std::vector<std::string> Server::release_all() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  std::vector<std::string> released;
  for (const auto id : ids) {  // a released connection may end, and its neighbour with it
    if (auto* connection = find(id); connection != nullptr)
      if (auto bytes = connection->release(); !bytes.empty()) released.push_back(std::move(bytes));
  }
  return released;
}

}  // namespace simulator
