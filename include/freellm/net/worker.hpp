#pragma once
// Worker: one thread with its own event loop and everything that thread owns alone: deadlines, idle
// upstream connections, TLS sessions, scratch memory. Sessions live and die on one worker, so none
// of this needs a lock.

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "freellm/base/random.hpp"
#include "freellm/net/connection_pool.hpp"
#include "freellm/net/connector.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/wire/http1_encoder.hpp"

namespace freellm::net {

class Worker {
 public:
  static constexpr std::size_t kScratchBytes = 64 * 1024;

  Worker(Resolver& resolver, const TlsContext& tls);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts the thread. It runs until stop().
  void start();
  /// Gives up whatever still waits, lets the loop end once nothing is left to do, and joins. Close
  /// all sessions first.
  void stop();
  /// Runs `action` on the worker's thread. Thread-safe.
  void post(std::function<void()> action);

  [[nodiscard]] asio::io_context& io() { return io_; }
  [[nodiscard]] DeadlineQueue& deadlines() { return deadlines_; }
  [[nodiscard]] ConnectionPool& pool() { return pool_; }
  [[nodiscard]] ConnectorContext& connector() { return connector_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] wire::DateCache& date() { return date_; }
  /// Shared by everything on this thread: whoever fills it must be done with it before it waits.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }

  /// Sessions alive; written by this worker, read by the listener to balance.
  std::atomic<int> live_sessions{0};

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  DeadlineQueue deadlines_;
  TlsSessionCache tls_sessions_;
  ConnectorContext connector_;
  ConnectionPool pool_;
  SeededRandom random_;
  wire::DateCache date_;
  std::vector<char> scratch_;
  std::thread thread_;
};

}  // namespace freellm::net
