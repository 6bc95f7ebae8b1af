#include "freellm/wire/ip_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace freellm::wire {
namespace {

constexpr std::size_t kMappedBytes = 12;  // ten zeros and two ones before an IPv4 address
constexpr int kMappedBits = 96;

bool is_mapped(const IpAddress& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](auto byte) { return byte == 0; }) &&
         address[10] == 0xFF && address[11] == 0xFF;
}

std::optional<IpAddress> parse_bare(std::string_view text) {
  char zero_terminated[INET6_ADDRSTRLEN + 1] = {};
  if (text.empty() || text.size() > INET6_ADDRSTRLEN) return std::nullopt;
  std::memcpy(zero_terminated, text.data(), text.size());
  IpAddress address{};
  if (::inet_pton(AF_INET6, zero_terminated, address.data()) == 1) return address;
  if (::inet_pton(AF_INET, zero_terminated, address.data() + kMappedBytes) != 1)
    return std::nullopt;
  address[10] = address[11] = 0xFF;
  return address;
}

std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    return end == std::string_view::npos ? std::string_view{} : text.substr(1, end - 1);
  }
  const auto colon = text.find(':');
  const bool is_v4_with_port =
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return is_v4_with_port ? text.substr(0, colon) : text;
}

bool is_trusted(const IpAddress& address, std::span<const IpNetwork> trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const auto& network) { return network.contains(address); });
}

bool is_forwarded(const HeaderList& headers) {
  return headers.contains("X-Forwarded-For") || headers.contains("Forwarded") ||
         headers.contains("X-Real-IP");
}

/// All fields of that name as one list, as RFC 9110 section 5.3 reads them.
std::string joined(const HeaderList& headers, std::string_view name) {
  std::string all;
  for (const auto& [field, value] : headers.fields()) {
    if (!iequals(field, name)) continue;
    if (!all.empty()) all += ',';
    all += value;
  }
  return all;
}

std::string_view last_of(std::string_view list) {
  const auto comma = list.rfind(',');
  return trim_ows(comma == std::string_view::npos ? list : list.substr(comma + 1));
}

/// From the right: each hop was written by the one after it.
IpAddress follow(std::string_view chain, IpAddress hop, std::span<const IpNetwork> trusted) {
  while (!chain.empty() && is_trusted(hop, trusted)) {
    const auto before = parse_ip(last_of(chain));
    if (!before) return hop;  // "unknown", or an attempt: nothing further left can be believed
    hop = *before;
    const auto comma = chain.rfind(',');
    chain = comma == std::string_view::npos ? std::string_view{} : chain.substr(0, comma);
  }
  return hop;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) { return parse_bare(without_port(text)); }

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_mapped(address)) {
    ::inet_ntop(AF_INET, address.data() + kMappedBytes, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

bool is_loopback(const IpAddress& address) {
  if (is_mapped(address)) return address[kMappedBytes] == 127;
  IpAddress one{};
  one[15] = 1;
  return address == one;
}

bool IpNetwork::contains(const IpAddress& address) const {
  const auto whole = static_cast<std::size_t>(prefix_bits / 8);
  if (!std::equal(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(whole), address.begin()))
    return false;
  const int rest = prefix_bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
  return (base[whole] & mask) == (address[whole] & mask);
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_bare(text.substr(0, std::min(slash, text.size())));
  if (!address) return std::nullopt;
  const bool is_v4 = text.find(':') == std::string_view::npos;
  if (slash == std::string_view::npos) return IpNetwork{*address, 128};
  const auto digits = text.substr(slash + 1);
  int bits = -1;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (bits < 0 || bits > (is_v4 ? 32 : 128)) return std::nullopt;
  return IpNetwork{*address, is_v4 ? kMappedBits + bits : bits};
}

ClientOrigin client_origin(std::string_view peer, const HeaderList& headers,
                           std::span<const IpNetwork> trusted) {
  const auto socket = parse_ip(peer);
  if (!socket) return {};
  // Whatever a header says, even a trusted proxy's: its loopback may be another machine's, and it
  // may pass on what a stranger wrote.
  const bool is_local = is_loopback(*socket) && !is_forwarded(headers);
  if (!is_trusted(*socket, trusted))
    return {.address = to_string(*socket), .is_local = is_local, .is_https = false};
  const auto client = follow(joined(headers, "X-Forwarded-For"), *socket, trusted);
  return {.address = to_string(client),
          .is_local = is_local,
          .is_https = iequals(last_of(joined(headers, "X-Forwarded-Proto")), "https")};
}

}  // namespace freellm::wire
