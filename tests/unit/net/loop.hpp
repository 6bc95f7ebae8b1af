#pragma once
// Runs tasks and connected sockets in tests, on the test's own thread. Every wait ends after a
// minute at the latest, so that a bug is a failure and not a hang; nothing that works waits for it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "freellm/net/socket.hpp"
#include "freellm/net/task.hpp"

namespace freellm::net::test {

inline constexpr std::chrono::seconds kPatience{60};

/// Runs the loop until `done()`; false when patience ended or nothing was left to wait for.
template <class Done>
bool run_until(asio::io_context& io, Done done) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  io.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end || io.run_one_until(end) == 0) return done();
  }
  return true;
}

template <class T>
Task<void> keep_result(Task<T> task, std::optional<T>& into) {
  auto value = co_await std::move(task);
  into.emplace(std::move(value));
}

template <class T>
T run(asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  spawn(keep_result(std::move(task), result));
  if (!run_until(io, [&] { return result.has_value(); }))
    throw std::runtime_error("the task did not end");
  return std::move(*result);
}

/// Two ends of one TCP connection over loopback.
struct SocketPair {
  explicit SocketPair(asio::io_context& io) : near(io.get_executor()), far(io.get_executor()) {
    using asio::ip::tcp;
    asio::basic_socket_acceptor<tcp, Executor> acceptor{io.get_executor(),
                                                        {asio::ip::address_v4::loopback(), 0}};
    far.connect(acceptor.local_endpoint());
    acceptor.accept(near);
  }
  TcpSocket near;  ///< for the code under test
  TcpSocket far;   ///< for the test
};

}  // namespace freellm::net::test
