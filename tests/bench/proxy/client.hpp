#pragma once
// Keeps N connections busy on one epoll: each sends the request, reads the answer, sends it again,
// at once or when the rate allows. Single-threaded.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "options.hpp"
#include "response_reader.hpp"

namespace load {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

struct Counts {
  std::size_t completed = 0;
  std::size_t events = 0;
  std::size_t errors = 0;
  std::string first_error;
  std::vector<std::uint32_t> ttft_us;     ///< request sent -> first text of the model
  std::vector<std::uint32_t> latency_us;  ///< request sent -> answer complete
};

class Client {
 public:
  explicit Client(const Options& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Runs until `end`, opening connections so that all are open `ramp` after the first call.
  void run_until(TimePoint end);

  [[nodiscard]] Counts& counts() { return counts_; }
  void forget_counts() { counts_ = {}; }
  /// Connections whose current answer has brought text and not ended.
  [[nodiscard]] std::size_t answering() const;

 private:
  struct Connection {
    int fd = -1;
    bool wants_write = false;
    bool began = false;
    std::size_t sent = 0;
    TimePoint sent_at;
    ResponseReader reader;
  };

  void open_due();
  void begin_due();
  void go_on(std::size_t index);
  void open(Connection& connection, std::size_t index);
  void close(Connection& connection);
  void begin(std::size_t index);
  void send_rest(std::size_t index);
  void receive(std::size_t index);
  void fail(std::size_t index, std::string why);
  void watch(Connection& connection, std::size_t index, bool wants_write);

  const Options& options_;
  const std::string request_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::size_t opened_ = 0;
  std::vector<std::size_t> free_;  ///< connections without a request, when there is a rate
  std::size_t begun_ = 0;          ///< likewise: requests so far
  TimePoint started_;
  Counts counts_;
};

}  // namespace load
