#pragma once
// Listening sockets on 127.0.0.1 and the connections they have accepted. Not thread-safe.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/connection.hpp"

namespace simulator {

class Server {
 public:
  Server(EventLoop& loop, Service& service);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Opens `port` (0 = any) and returns the port it got, or 0 after printing why it could not.
  /// With `tls`, which must outlive the server, connections start with a TLS handshake.
  std::uint16_t listen(std::uint16_t port, SSL_CTX* tls);
  /// Stops accepting on `port` and frees it; connections stay.
  bool close_port(std::uint16_t port);

  /// Null when that connection is gone.
  [[nodiscard]] Connection* find(std::uint64_t id) const;
  /// Lets every held script go on (`Connection::release`); what that sends, one string each.
  std::vector<std::string> release_all();
  [[nodiscard]] std::size_t open_connections() const { return connections_.size(); }
  [[nodiscard]] std::uint64_t accepted() const { return last_id_; }

 private:
  class Listener;
  void accept_all(int listening, SSL_CTX* tls);

  EventLoop& loop_;
  Service& service_;
  std::uint64_t last_id_ = 0;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
};

/// A bound IPv4 loopback socket, not yet listening; -1 after printing why not. Sets `port`.
int bind_loopback(std::uint16_t& port);

}  // namespace simulator
