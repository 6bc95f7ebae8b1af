#include "freellm/net/proxy_handshake.hpp"

#include <openssl/evp.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace freellm::net {
namespace {

using Next = ProxyHandshake::Next;

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string authority_of(const wire::Origin& origin) {
  const bool is_v6 = origin.host.find(':') != std::string::npos;
  return (is_v6 ? '[' + origin.host + ']' : origin.host) + ':' + std::to_string(origin.port);
}

std::string connect_request(const wire::ProxyUrl& proxy, const wire::Origin& target) {
  const std::string authority = authority_of(target);
  std::string out = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                    "\r\nUser-Agent: freellmapi/1\r\nProxy-Connection: keep-alive\r\n";
  if (!proxy.username.empty()) {
    std::string plain = proxy.username + ':';
    plain += proxy.password.reveal();
    out += "Proxy-Authorization: Basic " + base64(plain) + "\r\n";
    secure_zero(plain.data(), plain.size());
  }
  return out + "\r\n";
}

char byte(std::size_t value) { return static_cast<char>(static_cast<unsigned char>(value)); }

unsigned at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

/// ATYP and DST.ADDR, RFC 1928 §5.
std::string socks_address(const std::string& host) {
  boost::system::error_code not_literal;
  const auto address = boost::asio::ip::make_address(host, not_literal);
  if (not_literal) return std::string{"\x03"} + byte(host.size()) + host;
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return std::string{"\x01"} + std::string{bytes.begin(), bytes.end()};
  }
  const auto bytes = address.to_v6().to_bytes();
  return std::string{"\x04"} + std::string{bytes.begin(), bytes.end()};
}

/// RFC 1928 §6.
std::string_view reply_text(unsigned code) {
  constexpr std::string_view kTexts[] = {"",
                                         "it failed",
                                         "its rules do not allow this",
                                         "the network is unreachable",
                                         "the host is unreachable",
                                         "the connection was refused",
                                         "the TTL expired",
                                         "it does not know the command",
                                         "it does not know the address type"};
  return code < std::size(kTexts) ? kTexts[code] : "an unknown code";
}

}  // namespace

ProxyHandshake::ProxyHandshake(const wire::ProxyUrl& proxy, const wire::Origin& target)
    : proxy_(proxy),
      target_(target),
      state_(proxy.scheme == wire::ProxyScheme::socks5 ? State::method : State::connect_answer) {
  if (state_ == State::connect_answer) {
    say(connect_request(proxy, target));
    return;
  }
  // Methods offered: none, and user name with password when there are any.
  constexpr std::string_view kPlain{"\x05\x01\x00", 3};
  constexpr std::string_view kLogin{"\x05\x02\x00\x02", 4};
  say(std::string{proxy.username.empty() ? kPlain : kLogin});
}

ProxyHandshake::~ProxyHandshake() { secure_zero(out_.data(), out_.size()); }

void ProxyHandshake::say(std::string text) {
  secure_zero(out_.data(), out_.size());
  out_ = std::move(text);
}

Error ProxyHandshake::refused(const std::string& why) const {
  return Error{.kind = ErrorKind::connect,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = "the proxy at " + proxy_.where() + " " + why,
               .code = "proxy_failed"};
}

Result<Next> ProxyHandshake::feed(std::string_view bytes) {
  in_ += bytes;
  if (in_.size() > kMaxAnswer) return refused("answers without end");
  switch (state_) {
    case State::connect_answer:
      return on_connect_answer();
    case State::method:
      return on_method();
    case State::login:
      return on_login();
    case State::reply:
      break;
  }
  return on_reply();
}

Result<Next> ProxyHandshake::on_connect_answer() {
  constexpr std::string_view kVersion = "HTTP/1.";
  if (in_.substr(0, kVersion.size()) != kVersion.substr(0, in_.size()))
    return refused("does not speak HTTP");
  const auto end = in_.find("\r\n\r\n");
  if (end == std::string::npos) return Next::receive;
  int status = 0;
  const std::string_view line = std::string_view{in_}.substr(0, in_.find("\r\n"));
  if (line.size() < 12 || line[8] != ' ' ||
      std::from_chars(line.data() + 9, line.data() + 12, status).ec != std::errc{}) {
    return refused("does not speak HTTP");
  }
  if (status >= 100 && status < 200) {
    in_.erase(0, end + 4);
    return on_connect_answer();
  }
  if (status == 407) {
    return refused(proxy_.username.empty() ? "wants a user name and password"
                                           : "refuses the user name or password");
  }
  if (status < 200 || status > 299) return refused("answered " + std::to_string(status));
  // Neither TLS nor HTTP lets the other side speak first.
  if (in_.size() != end + 4) return refused("sent something nobody asked for");
  return Next::done;
}

Result<Next> ProxyHandshake::on_method() {
  if (in_.empty() || in_[0] == '\x05') {
    if (in_.size() < 2) return Next::receive;
  } else {
    return refused("does not speak SOCKS5");
  }
  const unsigned method = at(in_, 1);
  if (in_.size() > 2) return refused("sent something nobody asked for");
  in_.clear();
  if (method == 0) return send_request();
  if (method != 2 || proxy_.username.empty()) {
    return refused(proxy_.username.empty() ? "wants a user name and password"
                                           : "takes no user name and password");
  }
  state_ = State::login;
  const auto password = proxy_.password.reveal();
  std::string login{"\x01"};
  login.append(1, byte(proxy_.username.size())).append(proxy_.username);
  login.append(1, byte(password.size())).append(password);
  say(std::move(login));
  return Next::send;
}

Result<Next> ProxyHandshake::on_login() {
  if (in_.size() < 2) return Next::receive;
  if (in_.size() > 2) return refused("sent something nobody asked for");
  if (at(in_, 1) != 0) return refused("refuses the user name or password");
  in_.clear();
  return send_request();
}

Result<Next> ProxyHandshake::send_request() {
  state_ = State::reply;
  std::string request{"\x05\x01\x00", 3};
  request += socks_address(target_.host);
  request += byte(target_.port >> 8U);
  request += byte(target_.port & 0xffU);
  say(std::move(request));
  return Next::send;
}

Result<Next> ProxyHandshake::on_reply() {
  if (!in_.empty() && in_[0] != '\x05') return refused("does not speak SOCKS5");
  if (in_.size() >= 2 && at(in_, 1) != 0) {
    return refused("could not connect: " + std::string{reply_text(at(in_, 1))});
  }
  if (in_.size() < 5) return Next::receive;
  std::size_t address = 0;
  switch (at(in_, 3)) {
    case 1:
      address = 4;
      break;
    case 3:
      address = 1 + at(in_, 4);
      break;
    case 4:
      address = 16;
      break;
    default:
      return refused("does not speak SOCKS5");
  }
  const std::size_t whole = 4 + address + 2;
  if (in_.size() < whole) return Next::receive;
  if (in_.size() > whole) return refused("sent something nobody asked for");
  return Next::done;
}

}  // namespace freellm::net
