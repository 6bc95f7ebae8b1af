#pragma once
// A client's connection from accept to close: heads, authorisation, bodies, dispatch, keep-alive.

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_set>

#include "freellm/net/deadline.hpp"
#include "freellm/net/downstream_connection.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/context.hpp"

namespace freellm::server {

struct SessionEntry {
  enum class State : std::uint8_t {
    idle,  ///< between requests
    head,  ///< a request has begun to arrive
    busy,
  };
  std::shared_ptr<net::DownstreamConnection> connection;
  net::Deadline& limit;  ///< closes the connection
  State state = State::idle;
};

/// The sessions of one worker, touched by its thread only.
class SessionRegistry {
 public:
  void add(SessionEntry& entry) { sessions_.insert(&entry); }
  void remove(SessionEntry& entry);
  /// Closes idle sessions now; busy ones end after their request. Who has begun to ask is told in a
  /// moment that it is too late, rather than cut off. `on_empty` is called (once) when none is
  /// left, perhaps at once.
  void drain(std::function<void()> on_empty);
  /// Closes everything.
  void close_all();
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  std::unordered_set<SessionEntry*> sessions_;
  std::function<void()> on_empty_;
};

/// Serves requests until the client or a drain ends it. `worker` and `registry` outlive it.
net::Task<void> run_session(std::shared_ptr<net::DownstreamConnection> connection,
                            proxy::WorkerContext& worker, SessionRegistry& registry);

}  // namespace freellm::server
