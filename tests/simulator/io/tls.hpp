#pragma once
// The server side of TLS: a given certificate, or an authority and a leaf for 127.0.0.1 made up for
// this run. Immutable after `prepare`.

#include <openssl/ssl.h>

#include <string>

namespace simulator {

class TlsContext {
 public:
  TlsContext() = default;
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// With empty names makes its own pair and writes the authority to `ca_out`, if given.
  /// False after saying on stderr what went wrong.
  bool prepare(const std::string& certificate, const std::string& key, const std::string& ca_out);
  [[nodiscard]] SSL_CTX* get() const { return context_; }

 private:
  SSL_CTX* context_ = nullptr;
};

}  // namespace simulator
