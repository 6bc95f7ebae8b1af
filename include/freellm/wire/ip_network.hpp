#pragma once
// IP addresses and networks as values, and who a forwarded request comes from. Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "freellm/wire/headers.hpp"

namespace freellm::wire {

/// 16 bytes; IPv4 stands in its mapped form (::ffff:a.b.c.d), so that both spellings are equal.
using IpAddress = std::array<std::uint8_t, 16>;

/// "192.0.2.1", "2001:db8::1", "[2001:db8::1]", with or without a port; nullopt for anything else.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);
[[nodiscard]] std::string to_string(const IpAddress& address);
[[nodiscard]] bool is_loopback(const IpAddress& address);

struct IpNetwork {
  IpAddress base{};
  int prefix_bits = 128;  ///< of the mapped form
  [[nodiscard]] bool contains(const IpAddress& address) const;
};

/// "10.0.0.0/8", "fd00::/8", or one address. nullopt when it is neither, or the prefix too long.
[[nodiscard]] std::optional<IpNetwork> parse_network(std::string_view text);

/// Where a request comes from, as far as it can be believed.
struct ClientOrigin {
  std::string address;    ///< without the port; "" when the peer is not known
  bool is_local = false;  ///< loopback, and no proxy says that the client is elsewhere
  bool is_https = false;  ///< as a trusted proxy says
};

/// `peer` is the address of the socket, with or without a port. X-Forwarded-For and -Proto count
/// only when the socket's peer is trusted: the client is then the last address of the chain that is
/// not itself a trusted proxy. What stands left of that was written by the client and is ignored.
[[nodiscard]] ClientOrigin client_origin(std::string_view peer, const HeaderList& headers,
                                         std::span<const IpNetwork> trusted);

}  // namespace freellm::wire
