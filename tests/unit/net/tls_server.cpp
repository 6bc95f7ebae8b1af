#include "tls_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace freellm::net::test {
namespace {

constexpr long kHour = 3600;

X509* make_certificate(EVP_PKEY* key, const std::string& name, X509* issuer, EVP_PKEY* issuer_key,
                       const std::string& alternative_name) {
  static long serial = 1;
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * kHour);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer == nullptr ? subject : X509_get_subject_name(issuer));
  const auto extend = [&](int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!alternative_name.empty()) extend(NID_subject_alt_name, alternative_name);
  X509_sign(certificate, issuer_key, EVP_sha256());
  return certificate;
}

int on_server_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

int on_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
            unsigned in_size, void*) {
  *out = in + 1;  // the client's first choice
  *out_size = in_size > 0 ? in[0] : 0;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Authority::Authority()
    : key_(EVP_EC_gen("P-256")),
      certificate_(make_certificate(key_, "test authority", nullptr, key_, "")) {
  const char* folder = std::getenv("TMPDIR");
  file_ = std::string{folder == nullptr ? "/tmp" : folder} + "/freellm-ca-XXXXXX";
  const int fd = ::mkstemp(file_.data());
  FILE* file = ::fdopen(fd, "w");
  PEM_write_X509(file, certificate_);
  std::fclose(file);
}

Authority::~Authority() {
  ::unlink(file_.c_str());
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

TlsServer::TlsServer(const Authority& authority, const std::string& host)
    : context_(SSL_CTX_new(TLS_server_method())) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate =
      make_certificate(key, host, authority.certificate_, authority.key_, "DNS:" + host);
  SSL_CTX_use_certificate(context_, certificate);
  SSL_CTX_use_PrivateKey(context_, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  SSL_CTX_set_session_id_context(context_, reinterpret_cast<const unsigned char*>("test"), 4);
  SSL_CTX_set_tlsext_servername_callback(context_, &on_server_name);
  SSL_CTX_set_alpn_select_cb(context_, &on_alpn, nullptr);

  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* where = reinterpret_cast<sockaddr*>(&address);
  ::bind(listener_, where, size);
  ::listen(listener_, 8);
  ::getsockname(listener_, where, &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TlsServer::~TlsServer() {
  (void)finish();
  SSL_CTX_free(context_);
}

std::vector<TlsServer::Seen> TlsServer::finish() {
  if (listener_ >= 0) {
    ::shutdown(listener_, SHUT_RDWR);  // wakes the thread from accept()
    thread_.join();
    ::close(listener_);
    listener_ = -1;
  }
  return seen_;
}

void TlsServer::run() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    seen_.push_back(serve(socket));
    ::close(socket);
  }
}

TlsServer::Seen TlsServer::serve(int socket) {
  // A client that is content with the handshake is gone when we say hello.
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  const timeval patience{60, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Seen seen;
  SSL* ssl = SSL_new(context_);
  SSL_set_fd(ssl, socket);
  if (SSL_accept(ssl) == 1) {
    seen.handshake = true;
    seen.resumed = SSL_session_reused(ssl) == 1;
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
      seen.server_name = name;
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    seen.alpn.assign(reinterpret_cast<const char*>(protocol), length);
    SSL_write(ssl, "hello", 5);
    char byte;
    SSL_read(ssl, &byte, 1);
  }
  SSL_free(ssl);
  return seen;
}

}  // namespace freellm::net::test
