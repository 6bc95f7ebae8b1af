#pragma once
// Origins and base URLs of upstreams.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"

namespace freellm::wire {

enum class Scheme : std::uint8_t { http, https };

/// Scheme, host and port: what a connection (and a key) is bound to. `host` is lower case, an IPv6 literal
/// stands without brackets.
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

/// A base URL split into origin and path prefix ("/openai/v1": leading slash, no trailing one; may be empty).
struct BaseUrl {
  Origin origin;
  std::string prefix;
};

/// Refuses anything but http/https, user info, a query, a fragment, control characters, an empty host or a
/// bad port; the message says which.
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view url);

}  // namespace freellm::wire

template <>
struct std::hash<freellm::wire::Origin> {
  std::size_t operator()(const freellm::wire::Origin& origin) const noexcept {
    return std::hash<std::string>{}(origin.host) ^ (std::size_t{origin.port} << 1U) ^
           static_cast<std::size_t>(origin.scheme);
  }
};
