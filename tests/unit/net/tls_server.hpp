#pragma once
// A TLS server for tests: OpenSSL's own, blocking, on a thread; and the authority that signs its
// certificate.

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace freellm::net::test {

/// A made-up certification authority.
class Authority {
 public:
  Authority();
  /// Writes the certificate (PEM) into the test's temporary folder; removed with the object.
  [[nodiscard]] const std::string& file() const { return file_; }
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

 private:
  friend class TlsServer;
  EVP_PKEY* key_;
  X509* certificate_;
  std::string file_;
};

/// Serves "hello" to everyone and hangs up when the client does, until it is destroyed.
class TlsServer {
 public:
  /// `host`: the DNS name in the certificate.
  TlsServer(const Authority& authority, const std::string& host);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  struct Seen {
    bool handshake = false;
    bool resumed = false;
    std::string server_name;  ///< as the client asked for it
    std::string alpn;
  };
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What the connections were like, in order. Waits for those that are being served.
  [[nodiscard]] std::vector<Seen> finish();

 private:
  void run();
  Seen serve(int socket);

  SSL_CTX* context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<Seen> seen_;
  std::thread thread_;
};

}  // namespace freellm::net::test
