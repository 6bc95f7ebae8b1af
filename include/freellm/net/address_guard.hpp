#pragma once
// Which addresses a connection may go to. Pure.
//
// It judges the address that is connected to, after the lookup, so how a name or number was written
// and what a second lookup would say do not matter. Addresses inside addresses (IPv4-mapped, NAT64,
// 6to4, Teredo) are judged by the inner one.

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/net/resolver.hpp"
#include "freellm/wire/proxy_url.hpp"

namespace freellm::net {

enum class AddressClass : std::uint8_t {
  global,
  local,      ///< loopback, private, carrier-grade NAT, and other ranges that lead nowhere public
  forbidden,  ///< link-local and cloud metadata, multicast, broadcast
};

[[nodiscard]] AddressClass classify(const boost::asio::ip::address& address);
[[nodiscard]] bool may_reach(const boost::asio::ip::address& address, wire::Reach reach);

/// Those of `addresses` that may be connected to; fails with code "address_not_allowed" when none
/// is left.
[[nodiscard]] Result<Addresses> allowed_addresses(const std::string& host, Addresses addresses,
                                                  wire::Reach reach);

/// For names that somebody else resolves, such as a proxy: refuses literals in all the forms that
/// inet_aton takes (decimal, octal, hexadecimal, short) and names known to mean the machine itself.
[[nodiscard]] Status check_unresolved(const std::string& host, wire::Reach reach);

/// True for localhost and for literals that are not global: what an outbound proxy is not asked for
/// unless it was set for that very endpoint.
[[nodiscard]] bool is_local_host(const std::string& host);

}  // namespace freellm::net
