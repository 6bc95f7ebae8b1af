#pragma once
// Makes a connected socket to a proxy into a connection through it. Private to net.

#include "freellm/net/abort.hpp"
#include "freellm/net/socket.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/tls.hpp"
#include "freellm/wire/proxy_url.hpp"

namespace freellm::net {

/// Talks to the proxy until it is a pipe to `target`. Everything must outlive the task; the caller
/// keeps the deadline and fires `abort`.
Task<Result<TcpSocket>> open_tunnel(TcpSocket socket, const TlsContext& tls,
                                    TlsSessionCache& sessions, const wire::ProxyUrl& proxy,
                                    const wire::Origin& target, Abort& abort);

}  // namespace freellm::net
