// Plain blocking-with-a-deadline sockets: the daemon's own I/O stack would start threads for one
// request.
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "freellm/app/daemon.hpp"
#include "workspace.hpp"

namespace freellm::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxAnswer = 16 * 1024;

Error not_ready(std::string message) {
  return Error{.kind = ErrorKind::connect, .message = std::move(message), .code = "not_ready"};
}

std::string errno_text() { return std::generic_category().message(errno); }

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

  [[nodiscard]] Status wait(short events, Clock::time_point end) const {
    for (;;) {
      const auto left = std::chrono::duration_cast<Millis>(end - Clock::now()).count();
      if (left <= 0) return not_ready("no answer in time");
      pollfd poll{fd_, events, 0};
      const int ready = ::poll(&poll, 1, static_cast<int>(left));
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return not_ready(errno_text());
    }
  }

 private:
  int fd_;
};

Status connect_to(const Socket& socket, const addrinfo& address, Clock::time_point end) {
  if (::connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return not_ready(errno_text());
  if (const Status waited = socket.wait(POLLOUT, end); !waited) return waited;
  int problem = 0;
  socklen_t size = sizeof problem;
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0) return not_ready(std::generic_category().message(problem));
  return {};
}

Result<std::string> exchange(const Socket& socket, std::string_view request,
                             Clock::time_point end) {
  while (!request.empty()) {
    if (const Status waited = socket.wait(POLLOUT, end); !waited) return waited.error();
    const auto sent = ::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return not_ready(errno_text());
    if (sent > 0) request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  for (std::array<char, 4096> buffer{}; answer.size() < kMaxAnswer;) {
    if (const Status waited = socket.wait(POLLIN, end); !waited) return waited.error();
    const auto got = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return not_ready(errno_text());
    if (got == 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

/// The address to ask at, for one that is only good for listening.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::" || host == "[::]") return "::1";
  return host;
}

Result<std::string> ask(const std::string& host, std::uint16_t port, Clock::time_point end) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found))
    return not_ready(host + ": " + ::gai_strerror(rc));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned{found, ::freeaddrinfo};
  Error last = not_ready("no address");
  for (const auto* address = found; address != nullptr; address = address->ai_next) {
    const Socket socket{
        ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (socket.fd() < 0) continue;
    if (const Status connected = connect_to(socket, *address, end); !connected) {
      last = connected.error();
      continue;
    }
    return exchange(socket, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    end);
  }
  return last;
}

}  // namespace

int healthcheck(const Invocation& invocation, Millis deadline) {
  const auto failed = [&](const Error& error) {
    (void)fail(invocation, error);
    return kExitFailure;
  };
  const auto setup = load_setup(invocation);
  if (!setup) return failed(setup.error());
  const auto& config = setup->config;
  if (config.port == 0)
    return failed(not_ready("port 0 is whatever was free; name it with --port"));
  const std::string host = reachable(config.host);
  const std::string where = host + " port " + std::to_string(config.port);
  const auto reply = ask(host, config.port, Clock::now() + deadline);
  if (!reply) return failed(not_ready("not ready: " + where + ": " + reply.error().message));
  if (!reply->starts_with("HTTP/1.1 ")) return failed(not_ready(where + " is not a freellmapi"));
  const auto status = reply->substr(9, 3);
  const auto body = reply->find("\r\n\r\n");
  if (status != "200") {
    return failed(not_ready("not ready: " + where + " answered " + status + " " +
                            (body == std::string::npos ? "" : reply->substr(body + 4))));
  }
  return answer(invocation, "ready: " + where,
                {{"ready", true}, {"host", host}, {"port", config.port}});
}

}  // namespace freellm::app
