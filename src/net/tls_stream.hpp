#pragma once
// ByteStream over TLS, directly on the socket's descriptor. OpenSSL says what it waits for; the
// reactor waits for it. Outgoing pieces are gathered into records of up to 16 KiB, so a head and a
// short body leave in one record.

#include <openssl/ssl.h>

#include <string>

#include "freellm/net/socket.hpp"

namespace freellm::net {

class TlsStream : public ByteStream {
 public:
  /// Takes over both. The handshake has not happened yet.
  TlsStream(TcpSocket socket, SSL* ssl);
  ~TlsStream() override;

  struct HandshakeAwaiter {
    TlsStream& stream;
    IoWaiter waiter{};
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> self) {
      waiter.coroutine = self;
      return !stream.step_handshake(waiter);
    }
    IoResult await_resume() { return waiter.result; }
  };
  [[nodiscard]] HandshakeAwaiter handshake() { return {*this}; }

  IoResult try_read(std::span<char> into) override;
  void close() override;
  bool idle_and_alive() override;

 protected:
  bool start_read(std::span<char> into, IoWaiter& waiter) override {
    return step_read(into, waiter);
  }
  bool start_write(std::span<const std::string_view> pieces, IoWaiter& waiter) override;
  [[nodiscard]] SSL* native() const { return ssl_; }

 private:
  bool step_handshake(IoWaiter& waiter);
  bool step_read(std::span<char> into, IoWaiter& waiter);
  bool step_write(IoWaiter& waiter);
  void gather();
  /// What an SSL call that returned `code` means: would_block with `wait` set, or a final error.
  boost::system::error_code verdict(int code, TcpSocket::wait_type& wait);

  TcpSocket socket_;
  SSL* ssl_;
  std::span<const std::string_view> pieces_;  ///< not yet gathered
  std::size_t piece_offset_ = 0;
  std::string record_;  ///< gathered, not yet encrypted; empty between writes
  std::size_t record_offset_ = 0;
  std::size_t written_ = 0;
};

}  // namespace freellm::net
