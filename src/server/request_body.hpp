#pragma once
// Reading request bodies: bounded in bytes, in time, and in total over all requests.

#include <atomic>
#include <cstdint>

#include "freellm/base/result.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/net/downstream_connection.hpp"
#include "freellm/net/task.hpp"
#include "freellm/wire/http1_request_decoder.hpp"

namespace freellm::server {

/// A share of the process-wide budget for bodies held in memory, given back on destruction.
class BodyBudget {
 public:
  BodyBudget(std::atomic<std::uint64_t>& in_flight, std::uint64_t limit)
      : in_flight_(in_flight), limit_(limit) {}
  ~BodyBudget() { in_flight_.fetch_sub(taken_, std::memory_order_relaxed); }
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  /// Grows the share to `bytes` in all. False when the process holds too much already.
  [[nodiscard]] bool grow_to(std::uint64_t bytes);

 private:
  std::atomic<std::uint64_t>& in_flight_;
  std::uint64_t limit_;
  std::uint64_t taken_ = 0;
};

struct BodyLimits {
  std::uint64_t max_bytes;
  BodyBudget& budget;
  /// It may hold keys: no copy of a part of it may be left behind by growing.
  bool is_secret = false;
};

/// Errors: payload_too_large (413), bad_request (bad chunking), timeout (408), upstream_overloaded
/// (503, the budget is used up), cancelled (the client left). `connection`, `decoder` and
/// `deadline` outlive the task; the deadline closes the connection when it passes.
net::Task<Result<chat::PaddedBuffer>> read_body(net::DownstreamConnection& connection,
                                                wire::Http1RequestDecoder& decoder,
                                                net::Deadline& deadline, BodyLimits limits);

}  // namespace freellm::server
