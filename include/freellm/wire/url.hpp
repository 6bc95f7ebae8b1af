#pragma once
// Origins and base URLs of upstreams, and the targets of requests to us. Pure and thread-safe.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"

namespace freellm::wire {

enum class Scheme : std::uint8_t { http, https };

/// Scheme, host and port: what a connection (and a key) is bound to. `host` is lower case, an IPv6
/// literal stands without brackets.
struct Origin {
  Scheme scheme = Scheme::https;
  std::string host;
  std::uint16_t port = 443;
  bool operator==(const Origin&) const = default;
  /// As in the Host header: without the port when it is the scheme's default, IPv6 in brackets.
  [[nodiscard]] std::string host_header() const;
  /// "https://host:port", for logs and maps.
  [[nodiscard]] std::string to_string() const;
};

/// A base URL split into origin and path prefix ("/openai/v1": leading slash, no trailing one; may
/// be empty).
struct BaseUrl {
  Origin origin;
  std::string prefix;
};

/// Refuses anything but http/https, user info, a query, a fragment, control characters, an empty
/// host or a bad port; the message says which.
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view url);

/// A request target, taken apart.
struct Target {
  std::string
      path;  ///< percent-decoded, begins with '/', no "." or ".." segment, no control character
  std::string query;  ///< as sent, without '?'
};

/// Takes origin-form ("/v1/models?limit=5") and absolute-form ("http://host/v1/models", whose
/// authority is dropped: Host has been checked by then). Anything else, a bad escape, a fragment or
/// a dot segment is bad_request with http_status 400.
[[nodiscard]] Result<Target> parse_target(std::string_view target);

/// The decoded value of the first `name` in a query string ('+' is a space); nullopt when absent or
/// when its escapes are malformed. A name without '=' has the value "".
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// Undoes %XX. Nullopt when an escape is cut short or not hexadecimal.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace freellm::wire

template <>
struct std::hash<freellm::wire::Origin> {
  std::size_t operator()(const freellm::wire::Origin& origin) const noexcept {
    return std::hash<std::string>{}(origin.host) ^ (std::size_t{origin.port} << 1U) ^
           static_cast<std::size_t>(origin.scheme);
  }
};
