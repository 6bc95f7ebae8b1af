#include "freellm/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/error.hpp>
#include <unordered_map>

#include "tls_stream.hpp"

namespace freellm::net {
namespace {

std::string last_openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown error";
}

Error tls_error(const wire::Origin& origin, std::string_view what) {
  return Error{.kind = ErrorKind::tls,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = "TLS with " + origin.host + " failed: " + std::string{what}};
}

int session_cache_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

struct TlsSessionCache::Impl {
  struct Free {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  std::unordered_map<std::string, std::unique_ptr<SSL_SESSION, Free>> sessions;
};

namespace {

struct Ticket {
  TlsSessionCache::Impl* cache;
  std::string key;
};

int on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* ticket = static_cast<Ticket*>(SSL_get_ex_data(ssl, session_cache_index()));
  if (ticket == nullptr) return 0;
  constexpr std::size_t kMaxOrigins = 256;
  if (ticket->cache->sessions.size() >= kMaxOrigins) ticket->cache->sessions.clear();
  ticket->cache->sessions[ticket->key].reset(session);
  return 1;  // the reference is ours now
}

}  // namespace

TlsSessionCache::TlsSessionCache() : impl_(std::make_unique<Impl>()) {}
TlsSessionCache::~TlsSessionCache() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string& extra_ca_file) {
  std::unique_ptr<TlsContext> context{new TlsContext{SSL_CTX_new(TLS_client_method())}};
  SSL_CTX* native = context->native();
  const auto fail = [](std::string message) {
    return Error{.kind = ErrorKind::configuration, .message = std::move(message)};
  };
  if (native == nullptr) return fail("cannot create a TLS context: " + last_openssl_error());
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(native);
  if (!extra_ca_file.empty() && SSL_CTX_load_verify_file(native, extra_ca_file.c_str()) != 1) {
    return fail("tls.ca_file " + extra_ca_file + " cannot be used: " + last_openssl_error());
  }
  SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, &on_new_session);
  static constexpr unsigned char kAlpn[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(native, kAlpn, sizeof kAlpn - 1);
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

namespace {

bool prepare(SSL* ssl, const wire::Origin& origin, TlsSessionCache::Impl& cache, Ticket& ticket) {
  boost::system::error_code not_literal;
  asio::ip::make_address(origin.host, not_literal);
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl);
  if (!not_literal) {
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, origin.host.c_str()) != 1) return false;
  } else {
    // What SSL_set_tlsext_host_name expands to, without its C cast.
    std::string name = origin.host;
    if (SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1)
      return false;
    if (SSL_set1_host(ssl, origin.host.c_str()) != 1) return false;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  }
  SSL_set_ex_data(ssl, session_cache_index(), &ticket);
  if (const auto found = cache.sessions.find(ticket.key); found != cache.sessions.end()) {
    SSL_set_session(ssl, found->second.get());
  }
  return true;
}

std::string handshake_failure(SSL* ssl, const boost::system::error_code& ec) {
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    ERR_clear_error();
    return std::string{"certificate refused: "} + X509_verify_cert_error_string(verdict);
  }
  if (ERR_peek_last_error() != 0) return last_openssl_error();
  return ec ? ec.message() : "the peer closed the connection";
}

/// A TLS stream that also owns what its session callback points to.
class SessionTlsStream final : public TlsStream {
 public:
  SessionTlsStream(TcpSocket socket, SSL* ssl, std::unique_ptr<Ticket> ticket)
      : TlsStream(std::move(socket), ssl), ticket_(std::move(ticket)) {}
  ~SessionTlsStream() override { SSL_set_ex_data(native(), session_cache_index(), nullptr); }

 private:
  std::unique_ptr<Ticket> ticket_;
};

}  // namespace

Task<Result<std::unique_ptr<ByteStream>>> tls_handshake(TcpSocket socket, const TlsContext& context,
                                                        TlsSessionCache& sessions,
                                                        const wire::Origin& origin, Abort& abort) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  SSL* ssl = SSL_new(context.native());
  if (ssl == nullptr) co_return tls_error(origin, last_openssl_error());
  auto ticket = std::make_unique<Ticket>(Ticket{&sessions.impl(), origin.to_string()});
  const bool prepared = prepare(ssl, origin, sessions.impl(), *ticket);
  auto stream = std::make_unique<SessionTlsStream>(std::move(socket), ssl, std::move(ticket));
  if (!prepared) co_return tls_error(origin, last_openssl_error());

  const Abort::Step step{abort, [&stream] { stream->close(); }};
  const IoResult done = co_await stream->handshake();
  if (!done.ok()) {
    const std::string why = handshake_failure(ssl, done.ec);
    if (SSL_get_verify_result(ssl) != X509_V_OK) sessions.impl().sessions.erase(origin.to_string());
    co_return tls_error(origin, why);
  }
  std::unique_ptr<ByteStream> result = std::move(stream);
  co_return std::move(result);
}

}  // namespace freellm::net
