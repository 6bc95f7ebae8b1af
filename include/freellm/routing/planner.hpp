#pragma once
// AttemptPlanner: walks one request through its candidates. Made by Router::begin().
//
//   auto planner = router.begin(index, facts, now);
//   for (;;) {
//     auto step = planner.next(clock.now());
//     Attempt -> try it: sent() when the bytes are out, observed() on any answer's head, then
//     exactly one of
//                failed(), succeeded(), client_gone()
//     Wait    -> sleep until `until` (or the client leaves), then next() again
//     GiveUp  -> answer with its error
//   }
// Not thread-safe; belongs to the request's coroutine. Destroying it with an attempt under way
// settles the booking conservatively (as used), so cancellation needs no care.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "freellm/base/clock.hpp"
#include "freellm/base/error.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/chat/usage.hpp"
#include "freellm/routing/explain.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing {

/// Try this. The quota is booked. Pointers are never null and live as long as the planner.
struct Attempt {
  int number = 0;  ///< 1 = first
  Candidate candidate;
  const catalog::Platform* platform = nullptr;
  const catalog::Model* model = nullptr;
  const catalog::ProviderKey* key = nullptr;
  SteadyTime
      deadline{};  ///< end of the budget over all attempts; the platform's own timeouts come on top
  bool probe = false;        ///< first request after a cooldown
  bool last_resort = false;  ///< benched by our own guess, but nothing better is left
  /// The booking was journalled: it must be in the database before the request is sent, or a crash
  /// could forget a request that the provider counts.
  bool is_journalled = false;
};

/// Nothing is free now, but the client agreed to wait. Call next() again at `until`.
struct Wait {
  SteadyTime until{};
  /// When the earliest candidate is expected to be free (>= until: we look once a second, because a
  /// running request may end early).
  SteadyTime expected{};
};

/// Nothing is left. `error` is ready for the client: http_status, code, message, and retry_after
/// when a later try can succeed (exact for this request's own candidates).
struct GiveUp {
  Error error;
  std::optional<WallTime> retry_at;
};

using Step = std::variant<Attempt, Wait, GiveUp>;

/// Measured by the proxy, from the start of the attempt. Zero = unknown.
struct AttemptTimings {
  std::chrono::microseconds first_token{};  ///< content, reasoning or tool delta
  std::chrono::microseconds total{};
  std::chrono::microseconds connect{};  ///< lookup, TCP, proxy and TLS; 0 = a kept connection
};

namespace detail {
struct PlannerState;
struct PlannerRecycler {
  void operator()(PlannerState* state) const noexcept;
};
}  // namespace detail

class AttemptPlanner {
 public:
  explicit AttemptPlanner(std::unique_ptr<detail::PlannerState, detail::PlannerRecycler> state);
  AttemptPlanner(AttemptPlanner&&) noexcept;
  AttemptPlanner& operator=(AttemptPlanner&&) noexcept;
  AttemptPlanner(const AttemptPlanner&) = delete;
  AttemptPlanner& operator=(const AttemptPlanner&) = delete;
  ~AttemptPlanner();

  /// The next thing to do. Must not be called while an attempt is under way.
  [[nodiscard]] Step next(Now now);

  /// The request's bytes have been handed to the network (again, after a stale pooled connection).
  /// From now on the provider is taken to have counted it.
  void sent(Now now);
  /// Rate-limit state stated on any answer of the current attempt.
  void observed(std::span<const chat::LimitObservation> limits, Now now);

  void failed(const chat::UpstreamFailure& failure, AttemptTimings timings, Now now);
  void succeeded(const chat::Usage& usage, AttemptTimings timings, Now now);
  /// The client left, or we cancelled: nobody is blamed.
  void client_gone(Now now);

  /// Attempts that failed so far: X-Fallback-Attempts.
  [[nodiscard]] int failed_attempts() const;
  /// X-Fallback-Trail; see explain.hpp.
  [[nodiscard]] std::string fallback_trail() const;
  /// The record as it stands; a copy. take_record() moves it out at the end of the request.
  [[nodiscard]] ExplainRecord explain() const;
  [[nodiscard]] ExplainRecord take_record();

 private:
  std::unique_ptr<detail::PlannerState, detail::PlannerRecycler> state_;
};

}  // namespace freellm::routing
