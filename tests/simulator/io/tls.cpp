#include "io/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

namespace simulator {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;

Key new_key() { return Key{EVP_EC_gen("P-256")}; }

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  if (extension == nullptr) return false;
  const bool is_added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return is_added;
}

/// `issuer` null = self-signed.
Certificate new_certificate(const char* name, long serial, EVP_PKEY* key, X509* issuer,
                            EVP_PKEY* issuer_key) {
  Certificate certificate{X509_new()};
  auto* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), -3600);
  X509_gmtime_adj(X509_getm_notAfter(raw), 30L * 24 * 3600);
  auto* subject = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(raw, issuer == nullptr ? subject : X509_get_subject_name(issuer));
  X509_set_pubkey(raw, key);
  auto* signer = issuer == nullptr ? raw : issuer;
  bool is_good = add_extension(raw, signer, NID_subject_key_identifier, "hash");
  if (issuer == nullptr) {
    is_good = is_good && add_extension(raw, signer, NID_basic_constraints, "critical,CA:TRUE") &&
              add_extension(raw, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    is_good = is_good &&
              add_extension(raw, signer, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
              add_extension(raw, signer, NID_ext_key_usage, "serverAuth");
  }
  if (!is_good || X509_sign(raw, issuer_key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

bool write_pem(const std::string& file, X509* certificate) {
  if (file.empty()) return true;
  auto* out = std::fopen(file.c_str(), "w");
  if (out == nullptr) {
    std::perror(file.c_str());
    return false;
  }
  const bool is_written = PEM_write_X509(out, certificate) == 1;
  return std::fclose(out) == 0 && is_written;
}

bool make_up_pair(SSL_CTX* context, const std::string& ca_out) {
  const auto ca_key = new_key();
  const auto leaf_key = new_key();
  if (!ca_key || !leaf_key) return false;
  const auto ca =
      new_certificate("FreeLLM simulator authority", 1, ca_key.get(), nullptr, ca_key.get());
  if (!ca) return false;
  const auto leaf = new_certificate("127.0.0.1", 2, leaf_key.get(), ca.get(), ca_key.get());
  return leaf && SSL_CTX_use_certificate(context, leaf.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, leaf_key.get()) == 1 && write_pem(ca_out, ca.get());
}

/// HTTP/1.1 whatever else the client offers.
int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

bool TlsContext::prepare(const std::string& certificate, const std::string& key,
                         const std::string& ca_out) {
  context_ = SSL_CTX_new(TLS_server_method());
  if (context_ == nullptr) return false;
  SSL_CTX_set_alpn_select_cb(context_, select_alpn, nullptr);
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context_, SSL_OP_IGNORE_UNEXPECTED_EOF);
  const bool is_given = !certificate.empty();
  const bool is_ready =
      is_given ? SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) == 1 &&
                     SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) == 1
               : make_up_pair(context_, ca_out);
  if (!is_ready) ERR_print_errors_fp(stderr);
  return is_ready;
}

}  // namespace simulator
