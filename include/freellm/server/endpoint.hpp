#pragma once
// The path table: what the daemon answers to, and who may ask.
//
// Every endpoint declares its protection; the session checks it on the very entry it dispatches to,
// before the body is read. There is no other way in.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "freellm/chat/request.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/exchange.hpp"
#include "freellm/server/admin/request.hpp"

namespace freellm::server {

enum class Protection : std::uint8_t {
  none,           ///< anyone who can reach the port
  client_key,     ///< the unified API key
  admin_open,     ///< anyone, but only under a name of ours (Host)
  admin_log_in,   ///< likewise, and never from a page of another site (Origin)
  admin_session,  ///< a session (changes with its CSRF token) or the admin token
};

/// Answers the request. The body is empty for endpoints that take none.
using Handler = net::Task<void> (*)(proxy::Exchange&, chat::PaddedBuffer);

struct Endpoint {
  std::string_view method;
  std::string_view
      path;  ///< may hold one "{id}", which matches one or more characters, slashes included
  Protection protection = Protection::client_key;
  Handler handler = nullptr;
  admin::Handler admin = nullptr;  ///< instead of `handler`: runs on the admin thread
  bool watches = false;            ///< `handler` itself begins watching for the client's going
};

/// All endpoints.
[[nodiscard]] std::span<const Endpoint> endpoints();

struct Match {
  const Endpoint* endpoint = nullptr;
  std::string argument;  ///< what stood for {id}
  std::string allowed;   ///< methods the path knows, for a 405; empty = unknown path
};

/// HEAD matches GET. `path` is percent-decoded.
[[nodiscard]] Match find_endpoint(std::span<const Endpoint> table, std::string_view method,
                                  std::string_view path);

}  // namespace freellm::server
