#pragma once
// What is said to an outbound proxy before it becomes a pipe: HTTP CONNECT, or SOCKS5 (RFC 1928)
// with user name and password (RFC 1929). Names are resolved by the proxy.
//
// Pure over bytes: send to_send(), feed() what comes, until it says done. Messages never hold the
// credentials.

#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/wire/proxy_url.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::net {

class ProxyHandshake {
 public:
  static constexpr std::size_t kMaxAnswer = 16 * 1024;

  /// `proxy` and `target` must outlive it.
  ProxyHandshake(const wire::ProxyUrl& proxy, const wire::Origin& target);
  ~ProxyHandshake();
  ProxyHandshake(const ProxyHandshake&) = delete;
  ProxyHandshake& operator=(const ProxyHandshake&) = delete;

  /// Not empty at the beginning and whenever feed() said `send`.
  [[nodiscard]] std::string_view to_send() const { return out_; }

  enum class Next : std::uint8_t { send, receive, done };
  /// Any split of the bytes will do. Fails (kind connect) when the proxy refuses or talks nonsense.
  [[nodiscard]] Result<Next> feed(std::string_view bytes);

 private:
  enum class State : std::uint8_t { connect_answer, method, login, reply };

  [[nodiscard]] Error refused(const std::string& why) const;
  Result<Next> on_connect_answer();
  Result<Next> on_method();
  Result<Next> on_login();
  Result<Next> on_reply();
  Result<Next> send_request();
  void say(std::string text);

  const wire::ProxyUrl& proxy_;
  const wire::Origin& target_;
  State state_;
  std::string out_;
  std::string in_;
};

}  // namespace freellm::net
