#include <algorithm>
#include <chrono>
#include <utility>

#include "freellm/server/session.hpp"

namespace freellm::server {
namespace {

/// For the rest of a head that has begun to arrive when the draining begins.
constexpr Millis kRestOfHead{5'000};

}  // namespace

void SessionRegistry::remove(SessionEntry& entry) {
  sessions_.erase(&entry);
  if (sessions_.empty()) {
    if (auto action = std::exchange(on_empty_, nullptr)) action();
  }
}

void SessionRegistry::drain(std::function<void()> on_empty) {
  if (sessions_.empty()) return on_empty();
  on_empty_ = std::move(on_empty);
  const auto until = std::chrono::steady_clock::now() + kRestOfHead;
  for (auto* session : sessions_) {
    if (session->state == SessionEntry::State::idle) session->connection->close();
    if (session->state == SessionEntry::State::head)
      session->limit.expires_at(std::min(session->limit.when(), until));
  }
}

void SessionRegistry::close_all() {
  for (auto* session : sessions_) session->connection->close();
}

}  // namespace freellm::server
