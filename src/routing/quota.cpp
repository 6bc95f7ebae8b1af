#include "freellm/routing/quota.hpp"

#include <algorithm>
#include <limits>

#include "mutation.hpp"

namespace freellm::routing {
namespace {

using chat::LimitMetric;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr auto kUnlimited = std::numeric_limits<std::int64_t>::max();

/// The limit that counts: the smaller of what is configured and what was learned.
std::int64_t effective(const Counter& counter, std::int64_t configured) {
  return counter.learned ? std::min(configured, counter.learned->count) : configured;
}

/// What one request takes from a limit. The part kept for the answer shrinks to what the limit can
/// hold, so that a large max_tokens on a small prompt still routes.
std::int64_t amount_of(const Counter& counter, const QuotaNeed& need, std::int64_t limit) {
  switch (counter.metric) {
    case LimitMetric::requests:
    case LimitMetric::concurrency:
      return 1;
    case LimitMetric::tokens:
      return std::min(need.tokens(), std::max(need.prompt_tokens, limit));
    case LimitMetric::neurons:
      return 0;  // cannot be known before; only what the provider says counts
  }
  return 0;
}

/// What waiting requests before this one have a claim on.
std::int64_t claimed_before(const Counter& counter, std::uint64_t ticket) {
  std::int64_t sum = 0;
  for (const auto& claim : counter.set_aside) {
    if (claim.ticket >= ticket) continue;
    sum += counter.metric == LimitMetric::tokens ? claim.tokens : 1;
  }
  return sum;
}

bool is_ignored([[maybe_unused]] const Counter& counter) {
  if (MUTATED(ignore_request_limits)) return counter.metric == LimitMetric::requests;
  if (MUTATED(ignore_token_limits)) return counter.metric == LimitMetric::tokens;
  if (MUTATED(ignore_key_scope)) return counter.scope != chat::Scope::model_key;
  return false;
}

bool stated_applies(Counter& counter, SteadyTime now) {
  if (!counter.stated) return false;
  if (counter.stated->until > now) return true;
  counter.stated.reset();
  return false;
}

/// Calls `visit(counter, limit)` for every limit of the lane until it returns false.
template <class Visit>
bool for_each_limit(const LaneQuota& lane, const Visit& visit) {
  for (const auto& ref : lane.limits) {
    if (!visit(*ref.counter, effective(*ref.counter, ref.count))) return false;
  }
  for (const auto* scope : lane.scopes) {
    if (scope == nullptr) continue;
    for (auto* counter : scope->learned_only) {
      const auto is_same = [counter](const LimitRef& ref) { return ref.counter == counter; };
      if (std::any_of(lane.limits.begin(), lane.limits.end(), is_same)) continue;
      if (!visit(*counter, effective(*counter, kUnlimited))) return false;
    }
  }
  return true;
}

bool can_never(const Counter& counter, const QuotaNeed& need, std::int64_t limit) {
  return counter.metric == LimitMetric::tokens ? need.prompt_tokens > limit : limit <= 0;
}

struct Blocked {
  Verdict verdict;
  bool blocked = false;
};

Blocked explain_one(Counter& counter, std::int64_t limit, const QuotaNeed& need, Now now) {
  Blocked out;
  const std::int64_t amount = amount_of(counter, need, limit);
  const std::int64_t claimed = counter.set_aside.empty() ? 0 : claimed_before(counter, need.ticket);
  out.verdict = {.kind = VerdictKind::quota,
                 .scope = counter.scope,
                 .metric = counter.metric,
                 .window = counter.window,
                 .used = counter.usage.used(now),
                 .wanted = amount + claimed,
                 .limit = limit,
                 .free_at = now.steady};
  if (counter.metric == LimitMetric::neurons) limit = kUnlimited;
  if (can_never(counter, need, limit)) {
    out.verdict.kind = VerdictKind::request_too_big;
    out.verdict.free_at = SteadyTime::max();
    out.blocked = true;
    return out;
  }
  const std::int64_t over = out.verdict.used + out.verdict.wanted - limit;
  if (limit != kUnlimited && over > 0) {
    out.blocked = true;
    out.verdict.free_at = counter.usage.frees(std::min(over, out.verdict.used), now);
    const bool is_known = out.verdict.free_at != SteadyTime::max();
    if (is_known && over > out.verdict.used && claimed > 0 && limit > 0) {
      // Everything that is used must go, and then what those ahead in the queue will have used. A
      // queue of more rounds than anyone waits for is as good as a thousand.
      const std::int64_t rounds =
          std::min<std::int64_t>((over - out.verdict.used + limit - 1) / limit, 1000);
      out.verdict.free_at += counter.usage.length() * rounds;
      out.verdict.certain = false;
    }
    if (counter.usage.is_in_flight()) {
      // Nobody knows when a running request ends; a look every second finds out.
      out.verdict.free_at = now.steady + 1s;
      out.verdict.certain = false;
    }
  }
  if (stated_applies(counter, now.steady) && counter.stated->left < amount + claimed) {
    if (!out.blocked || counter.stated->until > out.verdict.free_at) {
      out.verdict.stated = true;
      out.verdict.free_at = counter.stated->until;
    }
    out.blocked = true;
  }
  return out;
}

/// What one limit's answer hangs on besides bookings: the queue, running requests, the size of the
/// request, and units that leave the window.
void limit_validity(QuotaReason& out, Counter& counter, std::int64_t limit, const Blocked& one,
                    Now now) {
  if (!counter.set_aside.empty() || !one.verdict.certain) out.holds_until = now.steady;
  if (counter.metric == LimitMetric::tokens) {
    const std::int64_t stated = counter.stated ? counter.stated->left : kUnlimited;
    const std::int64_t room = std::min(limit - one.verdict.used, stated);
    out.token_room = std::min(out.token_room, one.blocked ? -1 : room);
  }
  if (!one.blocked) return;
  out.holds_until = std::min(out.holds_until, one.verdict.free_at);
  if (one.verdict.used > 0)
    out.holds_until = std::min(out.holds_until, counter.usage.frees(1, now));
}

}  // namespace

Counter* QuotaScope::find(LimitMetric metric, chat::LimitWindow window) {
  for (const auto& counter : counters) {
    if (counter->metric == metric && counter->window == window) return counter.get();
  }
  return nullptr;
}

Counter& QuotaScope::find_or_add(const catalog::Limit& limit, nanoseconds max_lease_age) {
  const bool calendar = limit.window == chat::LimitWindow::day;
  for (const auto& counter : counters) {
    const bool same = counter->metric == limit.metric && counter->window == limit.window &&
                      (!calendar || counter->reset == limit.reset);
    if (same) {
      std::erase(learned_only, counter.get());
      return *counter;
    }
  }
  return *counters.emplace_back(std::make_unique<Counter>(limit, max_lease_age));
}

QuotaCheck check_quota(const LaneQuota& lane, const QuotaNeed& need, Now now) {
  QuotaCheck out;
  out.admitted = for_each_limit(lane, [&](Counter& counter, std::int64_t limit) {
    if (is_ignored(counter)) return true;
    const std::int64_t amount = amount_of(counter, need, limit);
    const std::int64_t claimed =
        counter.set_aside.empty() ? 0 : claimed_before(counter, need.ticket);
    if (stated_applies(counter, now.steady) && counter.stated->left < amount + claimed)
      return false;
    if (counter.metric == LimitMetric::neurons || limit == kUnlimited) return true;
    const std::int64_t left = limit - counter.usage.used(now) - claimed - amount;
    if (left < 0) return false;
    const auto whole = static_cast<float>(std::max<std::int64_t>(limit, 1));
    out.headroom = std::min(out.headroom, static_cast<float>(left) / whole);
    return true;
  });
  return out;
}

QuotaReason explain_quota(const LaneQuota& lane, const QuotaNeed& need, Now now) {
  QuotaReason out{.verdict = {.kind = VerdictKind::admitted, .free_at = now.steady},
                  .token_room = kUnlimited};
  for_each_limit(lane, [&](Counter& counter, std::int64_t limit) {
    if (is_ignored(counter)) return true;
    const Blocked one = explain_one(counter, limit, need, now);
    limit_validity(out, counter, limit, one, now);
    const bool first = out.verdict.kind == VerdictKind::admitted;
    if (one.blocked && (first || one.verdict.free_at > out.verdict.free_at))
      out.verdict = one.verdict;
    return true;
  });
  return out;
}

void book(const LaneQuota& lane, const QuotaNeed& need, Now stamp, Now now, Booking& out) {
  out.count = 0;
  out.booked = now;
  out.stamp = stamp;
  for_each_limit(lane, [&](Counter& counter, std::int64_t limit) {
    const std::int64_t amount = amount_of(counter, need, limit);
    counter.usage.add(now, stamp, amount, now);
    counter.in_flight += amount;
    if (counter.stated) counter.stated->left -= amount;
    out.units[out.count++] = {&counter, amount};
    return out.count < Booking::kMaxUnits;
  });
}

void restamp(Booking& booking, Now stamp, Now now) {
  for (std::uint32_t i = 0; i < booking.count; ++i) {
    auto& [counter, amount] = booking.units[i];
    if (counter->usage.is_in_flight()) continue;
    counter->usage.remove(booking.booked, booking.stamp, amount, now);
    counter->usage.add(booking.booked, stamp, amount, now);
  }
  booking.stamp = stamp;
}

void settle(Booking& booking, std::int64_t requests, std::int64_t tokens, WallTime::duration lag,
            Now now) {
  // Whatever arrived had arrived by the time it was answered.
  const Now stamp{std::min(booking.stamp.steady, now.steady),
                  std::min(booking.stamp.wall, now.wall + lag)};
  for (std::uint32_t i = 0; i < booking.count; ++i) {
    auto& [counter, amount] = booking.units[i];
    const std::int64_t used = counter->metric == LimitMetric::requests ? requests
                              : counter->metric == LimitMetric::tokens ? tokens
                                                                       : 0;
    counter->usage.remove(booking.booked, booking.stamp, amount, now);
    if (used > 0 && !MUTATED(forget_settled_usage))
      counter->usage.add(booking.booked, stamp, used, now);
    counter->in_flight -= amount;
    // Only what was booked after the provider's word has been taken off it.
    if (counter->stated && booking.booked.steady > counter->stated->since) {
      counter->stated->left += amount - used;
    }
  }
  booking.stamp = stamp;
  booking.count = 0;
}

void release(Booking& booking) noexcept {
  for (std::uint32_t i = 0; i < booking.count; ++i) {
    auto& [counter, amount] = booking.units[i];
    counter->in_flight -= amount;
    if (counter->usage.is_in_flight())
      counter->usage.remove(booking.booked, booking.stamp, amount, booking.booked);
  }
  booking.count = 0;
}

void set_aside(const LaneQuota& lane, const QuotaNeed& need) {
  for_each_limit(lane, [&](Counter& counter, std::int64_t limit) {
    counter.set_aside.push_back({need.ticket, amount_of(counter, need, limit)});
    return true;
  });
}

void drop_set_aside(const LaneQuota& lane, std::uint64_t ticket) {
  for_each_limit(lane, [&](Counter& counter, std::int64_t) {
    std::erase_if(counter.set_aside,
                  [ticket](const auto& claim) { return claim.ticket == ticket; });
    return true;
  });
}

}  // namespace freellm::routing
