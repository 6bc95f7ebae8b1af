#include "freellm/wire/proxy_url.hpp"

#include <algorithm>

#include "freellm/wire/headers.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::wire {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxCredentialBytes = 255;  // RFC 1929 §2: one length byte each

Error bad_proxy(std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = std::move(message),
               .param = "proxy",
               .code = "invalid_proxy"};
}

struct SchemeName {
  std::string_view name;
  ProxyScheme scheme;
  std::uint16_t port;
};

constexpr SchemeName kSchemes[] = {{"http", ProxyScheme::http, 80},
                                   {"https", ProxyScheme::https, 443},
                                   {"socks5", ProxyScheme::socks5, 1080},
                                   {"socks5h", ProxyScheme::socks5, 1080}};

std::string_view name_of(ProxyScheme scheme) {
  for (const auto& entry : kSchemes) {
    if (entry.scheme == scheme) return entry.name;
  }
  return {};
}

/// The whole of parse_base_url()'s rules for hosts and ports holds here too.
Result<Origin> parse_authority(std::string_view authority) {
  const bool has_port = authority.rfind(':') != std::string_view::npos &&
                        !authority.ends_with(']') &&
                        (authority.starts_with('[') || authority.find(':') == authority.rfind(':'));
  auto url = parse_base_url("http://" + std::string{authority});
  if (!url || !url->prefix.empty())
    return bad_proxy("the proxy's host or port is malformed; write it as scheme://host:port");
  if (!has_port) url->origin.port = 0;
  return std::move(url->origin);
}

Status read_credentials(std::string_view text, ProxyUrl& into) {
  const auto colon = std::min(text.find(':'), text.size());
  auto username = percent_decoded(text.substr(0, colon));
  auto password = percent_decoded(text.substr(std::min(colon + 1, text.size())));
  const auto is_bad = [](const std::optional<std::string>& part) {
    return !part || part->size() > kMaxCredentialBytes ||
           part->find_first_of(std::string_view{"\0\r\n", 3}) != std::string::npos;
  };
  if (is_bad(username) || is_bad(password) || username->empty() ||
      username->find(':') != std::string::npos) {
    return bad_proxy("the proxy's user name or password is malformed; escape special characters");
  }
  into.username = std::move(*username);
  into.password = Secret::take(std::move(*password));
  return {};
}

}  // namespace

std::string ProxyUrl::where() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string ProxyUrl::masked() const {
  return std::string{name_of(scheme)} + "://" + (username.empty() ? "" : "…@") + where();
}

bool operator==(const ProxyUrl& a, const ProxyUrl& b) {
  return a.scheme == b.scheme && a.port == b.port && a.host == b.host && a.username == b.username &&
         a.password.reveal() == b.password.reveal();
}

bool operator==(const Egress& a, const Egress& b) {
  if (a.reach != b.reach) return false;
  if (a.proxy == b.proxy) return true;
  return a.proxy && b.proxy && *a.proxy == *b.proxy;
}

Result<ProxyUrl> parse_proxy_url(std::string_view url) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!std::all_of(url.begin(), url.end(), is_visible)) {
    return bad_proxy(
        "the proxy's URL holds a character that must be escaped; where credentials are "
        "shown as \"…\", enter them again");
  }
  if (url.size() > kMaxUrlBytes) return bad_proxy("the proxy's URL is longer than 2048 characters");
  const auto separator = url.find("://");
  const SchemeName* known = nullptr;
  for (const auto& entry : kSchemes) {
    if (separator != std::string_view::npos && iequals(url.substr(0, separator), entry.name))
      known = &entry;
  }
  if (known == nullptr)
    return bad_proxy("the proxy's URL must begin with http://, https:// or socks5://");
  auto rest = url.substr(separator + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#\\ ") != std::string_view::npos)
    return bad_proxy("the proxy's URL must end after the port; escape special characters");
  ProxyUrl proxy;
  proxy.scheme = known->scheme;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (const Status read = read_credentials(rest.substr(0, at), proxy); !read) return read.error();
    rest.remove_prefix(at + 1);
  }
  auto origin = parse_authority(rest);
  if (!origin) return origin.error();
  proxy.host = std::move(origin->host);
  proxy.port = origin->port != 0 ? origin->port : known->port;
  return proxy;
}

}  // namespace freellm::wire
