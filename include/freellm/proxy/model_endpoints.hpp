#pragma once
// GET /v1/models, /v1/models/{id}, /v1/availability, /v1/requests/{id}/explain.

#include "freellm/chat/request.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/exchange.hpp"

namespace freellm::proxy {

net::Task<void> serve_model_list(Exchange& ex, chat::PaddedBuffer body);
net::Task<void> serve_model(Exchange& ex, chat::PaddedBuffer body);
net::Task<void> serve_availability(Exchange& ex, chat::PaddedBuffer body);
/// Looks the record up in the request log, on the store's reader thread.
net::Task<void> serve_explain(Exchange& ex, chat::PaddedBuffer body);

}  // namespace freellm::proxy
