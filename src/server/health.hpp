#pragma once
// GET /livez, /readyz and the root page: for load balancers, containers and the curious. No key
// needed.

#include "freellm/chat/request.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/exchange.hpp"

namespace freellm::server {

/// 200 as long as the event loop turns.
net::Task<void> serve_live(proxy::Exchange& ex, chat::PaddedBuffer body);
/// 200 when a request could be served, 503 with the reasons otherwise.
net::Task<void> serve_ready(proxy::Exchange& ex, chat::PaddedBuffer body);
net::Task<void> serve_root(proxy::Exchange& ex, chat::PaddedBuffer body);

}  // namespace freellm::server
