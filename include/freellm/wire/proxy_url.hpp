#pragma once
// How a connection leaves: through which outbound proxy, and to which kinds of address it may go.
// Plain values; immutable once built and shared between threads.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"

namespace freellm::wire {

enum class ProxyScheme : std::uint8_t { http, https, socks5 };

struct ProxyUrl {
  ProxyScheme scheme = ProxyScheme::http;
  std::string host;  ///< lower case; an IPv6 literal stands without brackets
  std::uint16_t port = 0;
  std::string username;  ///< percent-decoded; "" = none
  Secret password;
  /// "http://…@host:8080": says whether there are credentials, not what they are.
  [[nodiscard]] std::string masked() const;
  /// "host:8080", for messages.
  [[nodiscard]] std::string where() const;
  friend bool operator==(const ProxyUrl& a, const ProxyUrl& b);
};

/// http://, https://, socks5:// (socks5h:// means the same: names are always resolved by the
/// proxy). Default ports 80, 443, 1080. Fails with code "invalid_proxy"; the message holds no part
/// of the text.
[[nodiscard]] Result<ProxyUrl> parse_proxy_url(std::string_view url);

/// Which addresses a name may turn out to be. Link-local and cloud metadata addresses are out of
/// reach either way.
enum class Reach : std::uint8_t { public_only, private_too };

struct Egress {
  Reach reach = Reach::private_too;
  std::shared_ptr<const ProxyUrl> proxy;  ///< null = directly
  friend bool operator==(const Egress& a, const Egress& b);
};

}  // namespace freellm::wire
