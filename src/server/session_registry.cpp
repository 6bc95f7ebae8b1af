#include <utility>

#include "freellm/server/session.hpp"

namespace freellm::server {

void SessionRegistry::remove(SessionEntry& entry) {
  sessions_.erase(&entry);
  if (sessions_.empty()) {
    if (auto action = std::exchange(on_empty_, nullptr)) action();
  }
}

void SessionRegistry::drain(std::function<void()> on_empty) {
  if (sessions_.empty()) return on_empty();
  on_empty_ = std::move(on_empty);
  for (auto* session : sessions_) {
    if (session->idle) session->connection->close();
  }
}

void SessionRegistry::close_all() {
  for (auto* session : sessions_) session->connection->close();
}

}  // namespace freellm::server
