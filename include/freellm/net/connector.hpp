#pragma once
// Opens connections: look up, connect (address after address), TLS handshake, each under its own
// deadline.

#include <memory>

#include "freellm/base/result.hpp"
#include "freellm/net/abort.hpp"
#include "freellm/net/byte_stream.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/net/resolver.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/tls.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::net {

/// What a connection needs of its worker. Everything outlives the connection.
struct ConnectorContext {
  boost::asio::io_context& io;
  Resolver& resolver;
  const TlsContext& tls;
  TlsSessionCache& tls_sessions;
  DeadlineQueue& deadlines;
};

struct ConnectTimeouts {
  Millis dns{5'000};
  Millis connect{5'000};
  Millis tls{5'000};
};

/// Errors: connect, tls or timeout, with retry = next_route; cancelled when `abort` was fired.
/// `context`, `origin` and `abort` must outlive the task.
Task<Result<std::unique_ptr<ByteStream>>> connect(ConnectorContext& context,
                                                  const wire::Origin& origin,
                                                  ConnectTimeouts timeouts, Abort& abort);

}  // namespace freellm::net
