#pragma once
// The way from a session on an I/O thread to a handler on the admin thread and back. Belongs to the
// worker.

#include <span>

#include "freellm/chat/request.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/exchange.hpp"
#include "freellm/server/admin/request.hpp"

namespace freellm::server::admin {

/// Bodies of /api are small; a pasted list of keys is the largest.
inline constexpr std::uint64_t kMaxBody = 2ULL << 20;

enum class Entry {
  open,     ///< the Host header alone is checked
  log_in,   ///< also that the page asking is ours
  session,  ///< a session (with CSRF token, unless nothing can change) or the admin token
};

/// Judges the head. Errors: 421, 401, 403.
[[nodiscard]] Status admit(const proxy::Exchange& ex, Entry entry);

/// no-store, nosniff, a content policy that allows nothing.
[[nodiscard]] std::span<const proxy::HeaderField> security_headers();

/// Runs `handler` on the admin thread and sends what it returns.
net::Task<void> serve(proxy::Exchange& ex, chat::PaddedBuffer body, Handler handler);

/// GET /metrics: told from memory, whatever the disk does.
net::Task<void> serve_metrics(proxy::Exchange& ex, chat::PaddedBuffer body);

/// GET /api/events.
net::Task<void> serve_events(proxy::Exchange& ex, chat::PaddedBuffer body);

/// POST /api/custom-endpoints/{slug}/discover.
net::Task<void> serve_discovery(proxy::Exchange& ex, chat::PaddedBuffer body);

}  // namespace freellm::server::admin
