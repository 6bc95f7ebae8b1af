#include "freellm/net/address_guard.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace freellm::net {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct RangeV4 {
  std::uint32_t network;
  int bits;
  AddressClass meaning;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24U | b << 16U | c << 8U | d;
}

// IANA's special-purpose registry (RFC 6890 and later), and what clouds use beyond it. First match.
constexpr std::array kRangesV4{
    RangeV4{v4(169, 254, 0, 0), 16, AddressClass::forbidden},      // link-local, metadata
    RangeV4{v4(100, 100, 100, 200), 32, AddressClass::forbidden},  // Alibaba's metadata
    RangeV4{v4(192, 0, 0, 192), 32, AddressClass::forbidden},      // Oracle's metadata
    RangeV4{v4(168, 63, 129, 16), 32, AddressClass::forbidden},    // Azure's wire server
    RangeV4{v4(224, 0, 0, 0), 4, AddressClass::forbidden},         // multicast
    RangeV4{v4(255, 255, 255, 255), 32, AddressClass::forbidden},
    RangeV4{v4(0, 0, 0, 0), 8, AddressClass::local},  // Linux connects 0.0.0.0 to itself
    RangeV4{v4(10, 0, 0, 0), 8, AddressClass::local},
    RangeV4{v4(100, 64, 0, 0), 10, AddressClass::local},  // carrier-grade NAT
    RangeV4{v4(127, 0, 0, 0), 8, AddressClass::local},
    RangeV4{v4(172, 16, 0, 0), 12, AddressClass::local},
    RangeV4{v4(192, 0, 0, 0), 24, AddressClass::local},
    RangeV4{v4(192, 0, 2, 0), 24, AddressClass::local},
    RangeV4{v4(192, 168, 0, 0), 16, AddressClass::local},
    RangeV4{v4(198, 18, 0, 0), 15, AddressClass::local},
    RangeV4{v4(198, 51, 100, 0), 24, AddressClass::local},
    RangeV4{v4(203, 0, 113, 0), 24, AddressClass::local},
    RangeV4{v4(240, 0, 0, 0), 4, AddressClass::local},
};

AddressClass classify_v4(std::uint32_t value) {
  for (const auto& range : kRangesV4) {
    const auto mask = ~std::uint32_t{0} << static_cast<unsigned>(32 - range.bits);
    if ((value & mask) == range.network) return range.meaning;
  }
  return AddressClass::global;
}

using Bytes = address_v6::bytes_type;

bool starts_with(const Bytes& bytes, std::initializer_list<unsigned char> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

std::uint32_t v4_at(const Bytes& bytes, std::size_t at) {
  return v4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

/// The IPv4 address that an IPv6 address stands for.
std::optional<std::uint32_t> inner_v4(const Bytes& bytes) {
  const bool has_ten_zeros =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; });
  if (has_ten_zeros && bytes[10] == 0xff && bytes[11] == 0xff) return v4_at(bytes, 12);  // mapped
  const bool is_compatible = has_ten_zeros && bytes[10] == 0 && bytes[11] == 0;
  if (is_compatible && v4_at(bytes, 12) > 1) return v4_at(bytes, 12);
  static constexpr unsigned char kNat64[12] = {0x00, 0x64, 0xff, 0x9b};  // RFC 6052 §2.1
  if (std::equal(std::begin(kNat64), std::end(kNat64), bytes.begin())) return v4_at(bytes, 12);
  if (starts_with(bytes, {0x20, 0x02})) return v4_at(bytes, 2);                // 6to4
  if (starts_with(bytes, {0x20, 0x01, 0x00, 0x00})) return ~v4_at(bytes, 12);  // Teredo's client
  return std::nullopt;
}

/// Local translators' own prefixes, 64:ff9b:1::/48 (RFC 8215) and ::ffff:0:0/96 (RFC 2765): where
/// the IPv4 address stands is the translator's choice, so every place is looked at.
bool hides_forbidden(const Bytes& bytes) {
  const bool is_local_nat64 = starts_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01});
  const bool is_translated = starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0});
  if (!is_local_nat64 && !is_translated) return false;
  const auto in_48 = v4(bytes[6], bytes[7], bytes[9], bytes[10]);  // RFC 6052 §2.2
  const auto in_64 = v4(bytes[9], bytes[10], bytes[11], bytes[12]);
  for (const auto inner : {v4_at(bytes, 12), in_48, in_64}) {
    if (classify_v4(inner) == AddressClass::forbidden) return true;
  }
  return false;
}

AddressClass classify_v6(const Bytes& bytes) {
  if (hides_forbidden(bytes)) return AddressClass::forbidden;
  if (const auto inner = inner_v4(bytes)) return classify_v4(*inner);
  static const std::array kMetadata{
      boost::asio::ip::make_address_v6("fd00:ec2::254").to_bytes(),  // Amazon
      boost::asio::ip::make_address_v6("fd20:ce::254").to_bytes(),   // Google
      boost::asio::ip::make_address_v6("fd00:42::42").to_bytes()};   // Scaleway
  if (std::find(kMetadata.begin(), kMetadata.end(), bytes) != kMetadata.end())
    return AddressClass::forbidden;
  if (bytes[0] == 0xff) return AddressClass::forbidden;                                // multicast
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80) return AddressClass::forbidden;  // fe80::/10
  // Only 2000::/3 is given out for the public Internet; of that, 2001:db8::/32 is documentation.
  if ((bytes[0] & 0xe0U) != 0x20 || starts_with(bytes, {0x20, 0x01, 0x0d, 0xb8}))
    return AddressClass::local;
  return AddressClass::global;
}

Error not_allowed(const std::string& host, const std::string& why) {
  return Error{.kind = ErrorKind::connect,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .http_status = 422,
               .message = host + why,
               .param = "base_url",
               .code = "address_not_allowed"};
}

constexpr const char* kForbidden =
    " is a link-local, metadata or multicast address; those are never connected to";
constexpr const char* kLocal =
    " is an address of this machine or of a private network; allow that for the endpoint if it is "
    "yours";

/// The address that a host stands for without a lookup, in whatever form.
std::optional<address> literal(const std::string& host) {
  boost::system::error_code ec;
  const auto plain = boost::asio::ip::make_address(host, ec);
  if (!ec) return plain;
  in_addr old_style{};
  if (::inet_aton(host.c_str(), &old_style) != 0) return address_v4{ntohl(old_style.s_addr)};
  return std::nullopt;
}

bool names_this_machine(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

AddressClass classify(const address& address) {
  return address.is_v4() ? classify_v4(address.to_v4().to_uint())
                         : classify_v6(address.to_v6().to_bytes());
}

bool may_reach(const address& address, wire::Reach reach) {
  const auto what = classify(address);
  return what == AddressClass::global ||
         (what == AddressClass::local && reach == wire::Reach::private_too);
}

Result<Addresses> allowed_addresses(const std::string& host, Addresses addresses,
                                    wire::Reach reach) {
  if (addresses.empty()) return addresses;
  const auto first = addresses.front();
  std::erase_if(addresses, [&](const auto& address) { return !may_reach(address, reach); });
  if (!addresses.empty()) return addresses;
  const auto text = first.to_string();
  const std::string what = text == host ? std::string{} : " is " + text + ", which";
  return not_allowed(host + what, classify(first) == AddressClass::forbidden ? kForbidden : kLocal);
}

Status check_unresolved(const std::string& host, wire::Reach reach) {
  if (const auto address = literal(host)) {
    if (may_reach(*address, reach)) return {};
    return not_allowed(host, classify(*address) == AddressClass::forbidden ? kForbidden : kLocal);
  }
  if (names_this_machine(host) && reach == wire::Reach::public_only)
    return not_allowed(host, kLocal);
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name == "metadata.google.internal" || name == "metadata")
    return not_allowed(host, kForbidden);
  return {};
}

bool is_local_host(const std::string& host) {
  if (const auto address = literal(host)) return classify(*address) != AddressClass::global;
  return names_this_machine(host);
}

}  // namespace freellm::net
