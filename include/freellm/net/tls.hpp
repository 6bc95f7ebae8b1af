#pragma once
// TLS towards upstreams, straight on OpenSSL over the non-blocking socket: no intermediate buffers,
// so an idle connection holds little memory, and no Asio template is instantiated for it.
//
// Certificates and host names are always verified; there is no switch to turn that off.

#include <memory>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/net/abort.hpp"
#include "freellm/net/socket.hpp"
#include "freellm/net/task.hpp"
#include "freellm/wire/url.hpp"

struct ssl_ctx_st;

namespace freellm::net {

/// Process-wide client settings; thread-safe after creation.
class TlsContext {
 public:
  /// System CAs, plus those of `extra_ca_file` when not empty (PEM).
  static Result<std::unique_ptr<TlsContext>> create(const std::string& extra_ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  [[nodiscard]] ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// Resumable sessions of one worker, one per origin. TLS 1.3 tickets arrive after the handshake, so
/// they are collected by callback. Must outlive the streams that were given it.
class TlsSessionCache {
 public:
  TlsSessionCache();
  ~TlsSessionCache();
  TlsSessionCache(const TlsSessionCache&) = delete;
  TlsSessionCache& operator=(const TlsSessionCache&) = delete;

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Performs the client handshake (SNI, verification against `origin.host`, ALPN http/1.1).
Task<Result<std::unique_ptr<ByteStream>>> tls_handshake(TcpSocket socket, const TlsContext& context,
                                                        TlsSessionCache& sessions,
                                                        const wire::Origin& origin, Abort& abort);

}  // namespace freellm::net
