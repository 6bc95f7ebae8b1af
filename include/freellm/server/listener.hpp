#pragma once
// Accepts connections and hands each to the worker with the fewest live sessions: streams are few
// and long, so balance matters more than the cost of accepting.

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/net/socket.hpp"
#include "freellm/proxy/context.hpp"
#include "freellm/server/session.hpp"

namespace freellm::server {

/// A worker with its sessions.
struct WorkerSlot {
  std::unique_ptr<net::Worker> net;
  std::unique_ptr<proxy::WorkerContext> context;
  SessionRegistry sessions;
};

/// Lives on the first worker's thread; start() and stop() may be called from the main thread.
class Listener {
 public:
  explicit Listener(std::vector<std::unique_ptr<WorkerSlot>>& workers);
  ~Listener();

  /// Binds and listens (not yet accepting). Errors name the address and what would mend it.
  [[nodiscard]] Status open(const std::string& host, std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:3001"
  [[nodiscard]] std::string url() const;
  void start();
  /// Closes the listening socket; returns when nothing more is accepted.
  void stop();

 private:
  void accept();
  void on_accept(const boost::system::error_code& ec, net::TcpSocket socket, WorkerSlot& slot);
  WorkerSlot& least_loaded();
  bool is_full();

  std::vector<std::unique_ptr<WorkerSlot>>& workers_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  bool full_ = false;
  std::string host_;
  std::uint16_t port_ = 0;
};

}  // namespace freellm::server
