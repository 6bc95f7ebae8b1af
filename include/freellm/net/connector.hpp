#pragma once
// Opens connections: look up, judge the addresses, connect (address after address), through a proxy
// if there is one, TLS handshake; each under its own deadline.

#include <memory>

#include "freellm/base/result.hpp"
#include "freellm/net/abort.hpp"
#include "freellm/net/byte_stream.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/net/resolver.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/tls.hpp"
#include "freellm/wire/proxy_url.hpp"
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
  Millis proxy{10'000};  ///< from the connection to the proxy until it is a pipe
};

/// Errors: connect, tls or timeout, with retry = next_route; cancelled when `abort` was fired.
/// An address out of the egress's reach has code "address_not_allowed", a proxy that
/// refuses, is not there or does not answer "proxy_failed". `context`, `origin`, `egress` and
/// `abort` must outlive the task.
Task<Result<std::unique_ptr<ByteStream>>> connect(ConnectorContext& context,
                                                  const wire::Origin& origin,
                                                  const wire::Egress& egress,
                                                  ConnectTimeouts timeouts, Abort& abort);

}  // namespace freellm::net
