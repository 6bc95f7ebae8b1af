#pragma once
// POST /v1/chat/completions: parse, plan, try candidates until one serves, relay, account.

#include "freellm/chat/request.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/exchange.hpp"

namespace freellm::proxy {

/// Answers the request, whatever happens; ex.status says how. The exchange must outlive the task.
net::Task<void> serve_chat(Exchange& ex, chat::PaddedBuffer body);

}  // namespace freellm::proxy
