#pragma once
// RoutingOptions: the operator's [routing] section plus the constants that only tests and experts
// touch. Plain values; one copy travels inside every RouteIndex, so a reload never changes a
// running request.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "freellm/base/clock.hpp"

namespace freellm::routing {

/// How candidates are ranked. `priority` is the user's fallback order plus penalties; the others
/// rank by measurement (see score.hpp).
enum class Strategy : std::uint8_t { priority, balanced, fastest, reliable, smartest };

[[nodiscard]] std::string_view to_string(Strategy strategy);
[[nodiscard]] std::optional<Strategy> parse_strategy(std::string_view name);

struct RoutingOptions {
  Strategy strategy = Strategy::priority;
  int max_attempts = 20;
  Millis total_timeout{
      180'000};  ///< over all attempts and waits, until the first byte to the client
  int penalty_per_rate_limit = 3;
  int penalty_max = 10;
  Millis penalty_decay{120'000};  ///< one point less for each full period since the last hit
  Millis sticky_ttl{1'800'000};   ///< from the last success
  Millis max_wait{0};   ///< how long a request may wait for a free slot; 0 = refuse at once
  bool keyless = true;  ///< may platforms that need no key serve without one

  int max_waiting = 256;  ///< requests that may wait at the same time; the next one is refused
  /// Upstream counts a request when it arrives, not when we book it. Until the proxy says "sent", a
  /// booking is taken to arrive this late; at most 15 s.
  Millis dispatch_allowance{12'000};
  /// After "sent": the longest the bytes may still be under way.
  Millis arrival_guard{250};
  Millis max_lease_age{
      3'600'000};  ///< a concurrency slot whose owner vanished is free again after this
};

}  // namespace freellm::routing
