#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace load {
namespace {

constexpr Millis kTick{1};

std::uint32_t micros_since(TimePoint then) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - then).count());
}

}  // namespace

Client::Client(const Options& options)
    : options_(options),
      request_(request_bytes(options)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(options.connections),
      started_(SteadyClock::now()) {}

Client::~Client() {
  for (auto& connection : connections_) close(connection);
  ::close(epoll_);
}

void Client::run_until(TimePoint end) {
  std::array<epoll_event, 256> ready{};
  for (;;) {
    const auto now = SteadyClock::now();
    if (now >= end) return;
    open_due();
    begin_due();
    const bool ticks = opened_ < connections_.size() || options_.rate > 0;
    const auto left = std::chrono::ceil<Millis>(end - now);
    const int wait = static_cast<int>((ticks ? kTick : left).count());
    const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), wait);
    for (int i = 0; i < count; ++i) {
      const auto& event = ready[static_cast<std::size_t>(i)];
      if ((event.events & EPOLLOUT) != 0) send_rest(event.data.u64);
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(event.data.u64);
    }
  }
}

std::size_t Client::answering() const {
  std::size_t count = 0;
  for (const auto& connection : connections_)
    count += connection.fd >= 0 && connection.began ? 1 : 0;
  return count;
}

void Client::open_due() {
  if (opened_ == connections_.size()) return;
  const auto elapsed = std::chrono::duration_cast<Millis>(SteadyClock::now() - started_);
  auto due = connections_.size();
  if (options_.ramp.count() > 0 && elapsed < options_.ramp) {
    due = due * static_cast<std::size_t>(elapsed.count()) /
          static_cast<std::size_t>(options_.ramp.count());
  }
  for (; opened_ < due; ++opened_) open(connections_[opened_], opened_);
}

/// A request that finds no connection free is not made up for: the rate is a ceiling.
void Client::begin_due() {
  if (options_.rate == 0) return;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - started_);
  const auto due = static_cast<std::size_t>(elapsed.count()) * options_.rate / 1'000'000;
  for (; begun_ < due; ++begun_) {
    if (free_.empty()) continue;
    const std::size_t index = free_.back();
    free_.pop_back();
    begin(index);
  }
}

void Client::go_on(std::size_t index) {
  if (options_.rate > 0) {
    free_.push_back(index);
  } else {
    begin(index);
  }
}

void Client::open(Connection& connection, std::size_t index) {
  connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Connecting over loopback takes microseconds: simplest is to wait for it, and then not to block
  // any more.
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  if (connection.fd < 0 || ::connect(connection.fd, where, sizeof address) != 0) {
    ++counts_.errors;
    counts_.first_error = std::string{"connect: "} + std::strerror(errno);
    return close(connection);
  }
  const int on = 1;
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  go_on(index);
}

void Client::close(Connection& connection) {
  if (connection.fd >= 0) ::close(connection.fd);
  connection.fd = -1;
  connection.wants_write = false;
  connection.began = false;
}

void Client::begin(std::size_t index) {
  auto& connection = connections_[index];
  connection.reader.reset();
  connection.began = false;
  connection.sent = 0;
  connection.sent_at = SteadyClock::now();
  send_rest(index);
}

void Client::send_rest(std::size_t index) {
  auto& connection = connections_[index];
  if (connection.fd < 0) return;
  const auto rest = std::string_view{request_}.substr(connection.sent);
  const auto sent = ::send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) return fail(index, std::string{"send: "} + std::strerror(errno));
  if (sent > 0) connection.sent += static_cast<std::size_t>(sent);
  watch(connection, index, connection.sent < request_.size());
}

void Client::watch(Connection& connection, std::size_t index, bool wants_write) {
  if (connection.wants_write == wants_write) return;
  connection.wants_write = wants_write;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  if (wants_write) event.events |= EPOLLOUT;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
}

void Client::receive(std::size_t index) {
  static std::array<char, 64 * 1024> buffer;
  auto& connection = connections_[index];
  if (connection.fd < 0) return;
  const auto got = ::recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0)
    return fail(index, got == 0 ? "closed early" : std::string{"recv: "} + std::strerror(errno));
  const auto seen = connection.reader.feed({buffer.data(), static_cast<std::size_t>(got)});
  counts_.events += seen.events;
  if (seen.token && !connection.began) {
    connection.began = true;
    counts_.ttft_us.push_back(micros_since(connection.sent_at));
  }
  if (connection.reader.broken()) return fail(index, "not an answer we can read");
  if (!seen.complete) return;
  if (connection.reader.status() != 200) {
    return fail(index, "status " + std::to_string(connection.reader.status()) + ": " +
                           connection.reader.excerpt());
  }
  ++counts_.completed;
  counts_.latency_us.push_back(micros_since(connection.sent_at));
  go_on(index);
}

/// Counts the error and starts over on a new connection.
void Client::fail(std::size_t index, std::string why) {
  ++counts_.errors;
  if (counts_.first_error.empty()) counts_.first_error = std::move(why);
  close(connections_[index]);
  std::erase(free_, index);
  connections_[index].reader = {};
  if (counts_.errors < 10'000) open(connections_[index], index);
}

}  // namespace load
