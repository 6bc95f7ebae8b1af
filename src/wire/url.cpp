#include "freellm/wire/url.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "freellm/wire/headers.hpp"

namespace freellm::wire {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 §2.3.4, as text

Error bad_url(std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = std::move(message),
               .param = "base_url",
               .code = "invalid_url"};
}

Error bad_target(std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = std::move(message),
               .code = "invalid_http"};
}

std::uint16_t default_port(Scheme scheme) { return scheme == Scheme::https ? 443 : 80; }
std::string_view scheme_name(Scheme scheme) { return scheme == Scheme::https ? "https" : "http"; }

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }
bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

std::string lowered(std::string_view text) {
  std::string out{text};
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string with_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes && host.front() != '.' &&
         host.front() != '-' && host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

/// Shape only; the resolver has the last word.
bool is_ipv6(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45 && std::count(host.begin(), host.end(), ':') >= 2 &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

struct Authority {
  std::string_view host;
  std::string_view port;  ///< with its colon, or empty
  bool is_bracketed = false;
};

Authority split_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {};
    return {text.substr(1, close - 1), text.substr(close + 1), true};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon), false};
}

Result<std::uint16_t> parse_port(std::string_view text, Scheme scheme) {
  if (text.empty()) return default_port(scheme);
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  const bool whole = ec == std::errc{} && end == text.data() + text.size();
  if (text[0] != ':' || !whole || text.size() > 6 || port == 0 || port > 65535) {
    return bad_url("the port of the URL must be a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

Result<Origin> parse_authority(std::string_view text, Scheme scheme) {
  if (text.find('@') != std::string_view::npos) {
    return bad_url("the URL must not hold a user name or password");
  }
  const auto authority = split_authority(text);
  if (authority.host.empty()) return bad_url("the URL has no host");
  const bool good = authority.is_bracketed ? is_ipv6(authority.host) : is_host_name(authority.host);
  if (!good) return bad_url("the host of the URL is malformed");
  const auto port = parse_port(authority.port, scheme);
  if (!port) return port.error();
  return Origin{.scheme = scheme, .host = lowered(authority.host), .port = *port};
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string with_spaces_for_plus(std::string_view text) {
  std::string out{text};
  std::replace(out.begin(), out.end(), '+', ' ');
  return out;
}

/// "http://host/path?x" becomes "/path?x"; a target that is not in absolute-form stays as it is.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() || !iequals(target.substr(0, scheme.size()), scheme))
      continue;
    const auto slash = target.find_first_of("/?", scheme.size());
    if (slash == scheme.size()) return {};  // no host
    return slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target;
}

}  // namespace

std::string Origin::host_header() const {
  auto out = with_brackets(host);
  if (port != default_port(scheme)) out += ':' + std::to_string(port);
  return out;
}

std::string Origin::to_string() const {
  return std::string{scheme_name(scheme)} + "://" + with_brackets(host) + ':' +
         std::to_string(port);
}

Result<BaseUrl> parse_base_url(std::string_view url) {
  if (url.size() > kMaxUrlBytes) return bad_url("the URL is longer than 2048 characters");
  if (!std::all_of(url.begin(), url.end(), is_visible)) {
    return bad_url("the URL holds a space, a control or a non-ASCII character");
  }
  if (url.find('?') != std::string_view::npos) return bad_url("the URL must not have a query");
  if (url.find('#') != std::string_view::npos) return bad_url("the URL must not have a fragment");
  if (url.find('\\') != std::string_view::npos) return bad_url("the URL holds a backslash");
  const auto separator = url.find("://");
  const auto name = url.substr(0, separator);
  const bool is_https = iequals(name, "https");
  if (separator == std::string_view::npos || (!is_https && !iequals(name, "http"))) {
    return bad_url("the URL must begin with http:// or https://");
  }
  const auto rest = url.substr(separator + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  auto origin = parse_authority(rest.substr(0, slash), is_https ? Scheme::https : Scheme::http);
  if (!origin) return origin.error();
  auto prefix = rest.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (has_dot_segment(prefix)) return bad_url("the path of the URL holds a dot segment");
  if (!percent_decoded(prefix)) return bad_url("the path of the URL holds a malformed escape");
  return BaseUrl{std::move(*origin), std::string{prefix}};
}

Result<Target> parse_target(std::string_view target) {
  if (!std::all_of(target.begin(), target.end(), is_visible)) {
    return bad_target("the request target holds a space, a control or a non-ASCII character");
  }
  std::string_view origin_form = without_authority(target);
  const auto question = std::min(origin_form.find('?'), origin_form.size());
  const bool only_query =
      target.size() != origin_form.size() && question == 0 && !origin_form.empty();
  const auto raw_path = only_query ? std::string_view{"/"} : origin_form.substr(0, question);
  if (!raw_path.starts_with('/')) return bad_target("the request target must be a path");
  if (target.find('#') != std::string_view::npos) {
    return bad_target("the request target must not have a fragment");
  }
  auto path = percent_decoded(raw_path);
  if (!path) return bad_target("the request target holds a malformed escape");
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  if (std::any_of(path->begin(), path->end(), is_control)) {
    return bad_target("the request target hides a control character");
  }
  if (has_dot_segment(*path)) return bad_target("the request target holds a dot segment");
  return Target{std::move(*path),
                std::string{origin_form.substr(std::min(question + 1, origin_form.size()))}};
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto decoded_name = percent_decoded(with_spaces_for_plus(pair.substr(0, equals)));
    if (decoded_name == name) {
      return percent_decoded(with_spaces_for_plus(pair.substr(std::min(equals + 1, pair.size()))));
    }
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string{text};
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace freellm::wire
