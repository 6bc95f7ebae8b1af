#pragma once
// Quota of one lane (model x key): all its limits checked, booked and settled together.
//
// Not thread-safe: everything here lives under its platform's mutex, which makes check and booking
// one step.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/routing/usage_window.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing {

/// One counted limit of one scope. Its size is not here: snapshots may differ about it.
struct Counter {
  Counter(const catalog::Limit& limit, std::chrono::nanoseconds max_lease_age)
      : metric(limit.metric),
        window(limit.window),
        scope(limit.scope),
        reset(limit.reset),
        usage(limit.metric, limit.window, limit.reset, max_lease_age) {}

  struct Learned {
    std::int64_t count = 0;
    WallTime at{};
  };
  /// The provider said "that many are left until then".
  struct Stated {
    std::int64_t left = 0;
    SteadyTime since{};
    SteadyTime until{};
    WallTime until_wall{};
  };
  /// A waiting request's claim on the next free units; newcomers must leave room for it.
  struct SetAside {
    std::uint64_t ticket = 0;
    std::int64_t tokens = 0;
  };

  chat::LimitMetric metric;
  chat::LimitWindow window;
  chat::Scope scope;
  catalog::DayReset reset;
  UsageWindow usage;
  std::int64_t in_flight = 0;  ///< booked and not yet settled
  std::optional<Learned> learned;
  std::optional<Stated> stated;
  std::vector<SetAside> set_aside;
};

/// The counters of one scope: a lane, a key, a model or a platform.
struct QuotaScope {
  std::vector<std::unique_ptr<Counter>> counters;
  std::vector<Counter*> learned_only;  ///< limits nobody configured

  [[nodiscard]] Counter* find(chat::LimitMetric metric, chat::LimitWindow window);
  [[nodiscard]] Counter& find_or_add(const catalog::Limit& limit,
                                     std::chrono::nanoseconds max_lease_age);
};

struct LimitRef {
  Counter* counter = nullptr;
  std::int64_t count = 0;
};

/// Everything that limits a lane.
struct LaneQuota {
  std::span<const LimitRef> limits;
  std::array<QuotaScope*, 4> scopes{};  ///< lane, model, key, platform: for what was learned
};

struct QuotaNeed {
  static constexpr std::uint64_t kNewcomer = ~std::uint64_t{0};

  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;
  std::uint64_t ticket = kNewcomer;  ///< place in the queue of waiting requests

  [[nodiscard]] std::int64_t tokens() const { return prompt_tokens + output_tokens; }
};

/// What one booking holds, so that it can be given back exactly.
struct Booking {
  static constexpr std::size_t kMaxUnits = 24;
  struct Unit {
    Counter* counter = nullptr;
    std::int64_t amount = 0;
  };

  std::array<Unit, kMaxUnits> units;
  std::uint32_t count = 0;
  Now booked{};
  Now stamp{};  ///< latest instant at which the provider may count it
};

struct QuotaCheck {
  bool admitted = false;
  float headroom = 1;  ///< smallest share of a limit left after this request
};

/// Whether the lane admits the request now. Cheap: stops at the first limit that does not.
[[nodiscard]] QuotaCheck check_quota(const LaneQuota& lane, const QuotaNeed& need, Now now);

/// Why a lane refuses, and how long that answer stays good.
struct QuotaReason {
  /// The reason that will last longest; kind is `admitted` when there is none. free_at is the
  /// instant at which every limit admits the request, other things equal.
  Verdict verdict;
  /// Until then the same question has the same answer, if nobody books or settles anything in these
  /// counters and the wall clock goes on evenly.
  SteadyTime holds_until = SteadyTime::max();
  /// The answer is the same for every request of up to so many tokens; < 0: for this one alone.
  std::int64_t token_room = 0;
};
[[nodiscard]] QuotaReason explain_quota(const LaneQuota& lane, const QuotaNeed& need, Now now);

/// Books unconditionally; call after check_quota() under the same lock.
void book(const LaneQuota& lane, const QuotaNeed& need, Now stamp, Now now, Booking& out);
/// Moves a booking to the instant at which the provider counts it.
void restamp(Booking& booking, Now stamp, Now now);
/// Replaces the estimate by what was used and ends the booking. `lag`: how far the wall clock may
/// be behind.
void settle(Booking& booking, std::int64_t requests, std::int64_t tokens, WallTime::duration lag,
            Now now);

/// Ends a booking whose outcome nobody will report: what was booked counts as used. Needs no clock,
/// so a destructor may call it.
void release(Booking& booking) noexcept;

void set_aside(const LaneQuota& lane, const QuotaNeed& need);
void drop_set_aside(const LaneQuota& lane, std::uint64_t ticket);

/// Takes over what a provider stated. Returns the counter when a limit was learned anew. `own` is
/// the booking of the attempt that was answered (its units are part of what the provider counted),
/// or null.
[[nodiscard]] Counter* observe(const LaneQuota& lane, const chat::LimitObservation& said,
                               const Booking* own, std::chrono::nanoseconds max_lease_age, Now now);

}  // namespace freellm::routing
