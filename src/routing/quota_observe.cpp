// What providers say about their limits, in headers and error texts, and what the ledger makes of
// it.
#include <algorithm>
#include <limits>

#include "freellm/routing/quota.hpp"

namespace freellm::routing {

namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// A tighter limit than the configured one is believed this long without being repeated.
constexpr auto kLearnedLife = 24h;
constexpr auto kUnlimited = std::numeric_limits<std::int64_t>::max();

/// The counter an observation is about: the same scope first, else any of the lane with that metric
/// and window (a provider's header does not say whether a limit is per key or per account).
LimitRef target_of(const LaneQuota& lane, const chat::LimitObservation& said) {
  LimitRef found;
  for (const auto& ref : lane.limits) {
    if (ref.counter->metric != said.metric || ref.counter->window != said.window) continue;
    if (found.counter == nullptr || ref.counter->scope == said.scope) found = ref;
  }
  return found;
}

QuotaScope* scope_of(const LaneQuota& lane, chat::Scope scope) {
  switch (scope) {
    case chat::Scope::model:
      return lane.scopes[1];
    case chat::Scope::key:
      return lane.scopes[2];
    case chat::Scope::platform:
      return lane.scopes[3];
    default:
      return lane.scopes[0];
  }
}

bool learn(Counter& counter, std::int64_t configured, std::int64_t said, WallTime now) {
  if (said <= 0)
    return false;  // "limit: 0" is a failure class of its own; in a header it means nothing
  if (!counter.learned) {
    if (said >= configured) return false;
    counter.learned = Counter::Learned{said, now};
    return true;
  }
  const bool tighter = said < counter.learned->count;
  const bool stale = now - counter.learned->at > kLearnedLife;
  if (said == counter.learned->count) counter.learned->at = now;
  if (!tighter && !stale) return false;
  if (said == counter.learned->count) return false;
  counter.learned = Counter::Learned{said, now};
  return true;
}

void note_remaining(Counter& counter, const chat::LimitObservation& said, const Booking* own,
                    Now now) {
  std::int64_t own_amount = 0;
  for (std::uint32_t i = 0; own != nullptr && i < own->count; ++i) {
    if (own->units[i].counter == &counter) own_amount = own->units[i].amount;
  }
  // Requests under way may not have been counted yet when the provider wrote this; our own was.
  const std::int64_t left =
      *said.remaining - std::max<std::int64_t>(0, counter.in_flight - own_amount);
  const SteadyTime until =
      said.resets_in ? now.steady + *said.resets_in : counter.usage.resets_by(now);
  const auto until_wall = now.wall + (until - now.steady);
  // Answers overtake each other: while an earlier word holds, only a tighter one replaces it.
  if (counter.stated && counter.stated->until > now.steady && counter.stated->left <= left) return;
  counter.stated = Counter::Stated{left, now.steady, until, until_wall};
}

}  // namespace

Counter* observe(const LaneQuota& lane, const chat::LimitObservation& said, const Booking* own,
                 nanoseconds max_lease_age, Now now) {
  if (!said.limit && !said.remaining) return nullptr;
  auto [counter, configured] = target_of(lane, said);
  if (counter == nullptr) {
    QuotaScope* scope = scope_of(lane, said.scope);
    if (scope == nullptr) return nullptr;
    counter = scope->find(said.metric, said.window);
    if (counter == nullptr) {
      const catalog::Limit shape{.metric = said.metric, .window = said.window, .scope = said.scope};
      counter = &scope->find_or_add(shape, max_lease_age);
    }
    if (std::find(scope->learned_only.begin(), scope->learned_only.end(), counter) ==
        scope->learned_only.end()) {
      scope->learned_only.push_back(counter);
    }
    configured = kUnlimited;
  }
  const bool learned = said.limit && learn(*counter, configured, *said.limit, now.wall);
  if (said.remaining && *said.remaining >= 0) note_remaining(*counter, said, own, now);
  return learned ? counter : nullptr;
}

}  // namespace freellm::routing
