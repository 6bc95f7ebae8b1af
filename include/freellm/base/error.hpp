#pragma once
// What can go wrong, in terms a caller can act on: what (kind), whose doing (source), what next
// (retry). Values are immutable and safe to copy between threads. The message never holds a secret.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freellm {

enum class ErrorKind : std::uint8_t {
  bad_request,          ///< the client's request is malformed or contradicts itself
  unauthorized,         ///< missing or wrong client key
  payload_too_large,    ///< body or header beyond a configured bound
  rate_limited,         ///< a limit per minute or shorter
  quota_exhausted,      ///< a limit per day or month, or no credit
  upstream_auth,        ///< the provider refuses our key
  upstream_overloaded,  ///< the provider is busy
  upstream_bad_status,  ///< the provider answered with an unexpected status
  upstream_protocol,    ///< the provider's bytes make no sense
  connect,              ///< no TCP connection (refused, unreachable, DNS)
  tls,                  ///< handshake or verification failed
  timeout,              ///< one of our deadlines passed
  cancelled,            ///< given up on purpose (client gone, shutdown)
  no_route,             ///< nothing configured can serve this
  storage,              ///< database or file system
  configuration,        ///< the operator's file, flag or environment
  internal,             ///< our own fault
};

enum class ErrorSource : std::uint8_t { downstream, upstream, internal };

enum class Retry : std::uint8_t {
  never,
  next_route,
  same_route_fresh_connection,  ///< a pooled connection had gone stale before any answer byte
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  ErrorSource source = ErrorSource::internal;
  Retry retry = Retry::never;
  int http_status = 0;  ///< as received from upstream, or to be sent downstream; 0 = none
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
  std::string message = {};  ///< what was wrong, and what would mend it
  std::string param = {};    ///< JSON path in the client's request, e.g. "messages[1].content"
  std::string code = {};     ///< machine-readable, e.g. "invalid_request"
};

/// Stable snake_case name, for logs and metrics.
[[nodiscard]] std::string_view to_string(ErrorKind kind);

}  // namespace freellm
