#pragma once
// Idle keep-alive connections of one worker, by origin and egress: what went through one proxy is
// never used for another, nor for somebody with a narrower reach. Last in, first out, so that the
// surplus goes cold and is closed by age. Not thread-safe: one per worker.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/net/byte_stream.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/wire/proxy_url.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::net {

struct PoolLimits {
  std::size_t per_origin = 64;
  std::size_t total = 512;
  /// Below the 60 s after which common load balancers close idle connections.
  Millis idle_ttl{55'000};
};

class ConnectionPool {
 public:
  ConnectionPool(DeadlineQueue& deadlines, PoolLimits limits = {});

  /// A connection that still looks alive, or null. Dead ones met on the way are closed.
  [[nodiscard]] std::unique_ptr<ByteStream> take(const wire::Origin& origin,
                                                 const wire::Egress& egress = {});
  /// Gives back a connection whose last answer was read to its end. Over the limits the coldest
  /// goes.
  void give_back(const wire::Origin& origin, std::unique_ptr<ByteStream> stream,
                 const wire::Egress& egress = {});
  void clear();
  /// Clears, and closes whatever is given back from now on.
  void shut_down();
  /// From any thread; a moment old there.
  [[nodiscard]] std::size_t idle_count() const { return total_.load(std::memory_order_relaxed); }

 private:
  struct Idle {
    std::unique_ptr<ByteStream> stream;
    SteadyTime since;
  };
  struct Way {
    wire::Origin origin;
    wire::Egress egress;
  };
  struct WayView {
    const wire::Origin& origin;
    const wire::Egress& egress;
  };
  struct Hash {
    using is_transparent = void;
    template <class Any>
    std::size_t operator()(const Any& way) const noexcept {
      return std::hash<wire::Origin>{}(way.origin);
    }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.origin == b.origin && a.egress == b.egress;
    }
  };
  void expire();
  void drop_coldest();
  void set_total(std::size_t total) { total_.store(total, std::memory_order_relaxed); }

  PoolLimits limits_;
  std::unordered_map<Way, std::vector<Idle>, Hash, Equal> idle_;
  std::atomic<std::size_t> total_{0};  ///< written by this worker alone
  bool shut_down_ = false;
  Deadline sweep_;
};

}  // namespace freellm::net
