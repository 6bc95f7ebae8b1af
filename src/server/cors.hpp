#pragma once
// Browsers on other origins: who may call /v1, and the answer to their preflight. No origin may
// unless the owner names it in server.cors_origins; credentials are never allowed, since the key
// travels in a header.
//
// Pure but for answer_preflight(), which belongs to the session's coroutine.

#include <string>
#include <string_view>

#include "freellm/net/task.hpp"
#include "freellm/proxy/exchange.hpp"

namespace freellm::server {

/// The request's Origin when it may read answers from this path, else empty. A view into `head`.
[[nodiscard]] std::string_view allowed_origin(const wire::RequestHead& head,
                                              const proxy::Settings& settings);

/// A browser asks whether it may send what it is about to send.
[[nodiscard]] bool is_preflight(const wire::RequestHead& head);

/// `methods` is what the path knows, such as "GET, HEAD".
net::Task<void> answer_preflight(proxy::Exchange& ex, std::string_view methods);

}  // namespace freellm::server
