#include "freellm/server/admin/guard.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace freellm::server::admin {
namespace {

/// The host of "host:port" or "[::1]:port"; empty when malformed.
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? std::string_view{} : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_ip_literal(std::string_view host) {
  const std::string text{host};
  in6_addr ignored{};
  return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && wire::iequals(text.substr(text.size() - end.size()), end);
}

}  // namespace

bool is_allowed_host(std::string_view host_header, std::span<const std::string> names) {
  const auto host = without_port(wire::trim_ows(host_header));
  if (host.empty()) return false;
  if (is_ip_literal(host) || wire::iequals(host, "localhost")) return true;
  if (ends_with_ignoring_case(host, ".localhost")) return true;
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return wire::iequals(name, host); });
}

bool is_own_origin(const wire::HeaderList& headers) {
  const auto origin = headers.find("Origin");
  if (!origin) return true;
  const auto host = headers.find("Host");
  const auto scheme_end = origin->find("://");
  if (!host || scheme_end == std::string_view::npos)
    return false;  // "null" is a sandboxed stranger
  return wire::iequals(wire::trim_ows(origin->substr(scheme_end + 3)), wire::trim_ows(*host));
}

std::optional<std::string_view> cookie(const wire::HeaderList& headers, std::string_view name) {
  for (const auto& [field, value] : headers.fields()) {
    if (!wire::iequals(field, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto pair = wire::trim_ows(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name)
        return pair.substr(equals + 1);
    }
  }
  return std::nullopt;
}

bool is_safe_method(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace freellm::server::admin
