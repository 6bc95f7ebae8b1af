// Router::replay: what the journal kept becomes the ledger's present.
#include <algorithm>
#include <map>
#include <mutex>

#include "freellm/routing/router.hpp"
#include "mutation.hpp"
#include "route_index.hpp"

namespace freellm::routing {
namespace {

using detail::PlatformState;
using detail::ScopeState;

/// More than any configured cap: whatever was journalled had been capped already.
constexpr int kMaxPenalty = 255;

ScopeState* find_scope(PlatformState& platform, chat::Scope scope, const Candidate& candidate) {
  switch (scope) {
    case chat::Scope::platform:
      return &platform;
    case chat::Scope::key:
      return &platform.keys[candidate.key];
    case chat::Scope::model:
      return &platform.models[candidate.model];
    case chat::Scope::model_key:
      return &platform.lanes[{candidate.model, candidate.key}];
    case chat::Scope::request:
      break;
  }
  return nullptr;
}

/// A moment of an earlier run on this run's clocks. What claims to lie in the future (the wall
/// clock was set back since) happened a moment ago; its calendar day is believed, because it may be
/// the right one.
Now moment(WallTime at, Now now) {
  const auto ago = std::max(now.wall - at, WallTime::duration{0});
  return {now.steady - ago, std::min(at, now.wall + std::chrono::hours{26})};
}

void add_usage(PlatformState& platform, const SettlementEntry& entry, Now now) {
  const Now stamp = moment(entry.arrives, now);
  const std::array scopes = {&platform.lanes[{entry.candidate.model, entry.candidate.key}].quota,
                             &platform.models[entry.candidate.model].quota,
                             &platform.keys[entry.candidate.key].quota, &platform.quota};
  for (auto* scope : scopes) {
    for (auto& counter : scope->counters) {
      if (counter->usage.is_in_flight()) continue;  // those requests died with the old process
      const bool tokens = counter->metric == chat::LimitMetric::tokens;
      const bool requests = counter->metric == chat::LimitMetric::requests;
      const std::int64_t amount = tokens ? entry.tokens : requests ? entry.requests : 0;
      if (amount > 0) counter->usage.add(stamp, stamp, amount, now);
    }
  }
}

void restore_learned(ScopeState& scope, const LearnedEntry& entry) {
  const catalog::Limit shape{.metric = entry.metric, .window = entry.window, .scope = entry.scope};
  Counter* counter = scope.quota.find(entry.metric, entry.window);
  if (counter == nullptr) {
    if (entry.count < 0) return;
    counter = &scope.quota.find_or_add(shape, std::chrono::hours{1});
    scope.quota.learned_only.push_back(counter);
  }
  if (counter->learned && counter->learned->at > entry.at) return;
  counter->learned.reset();
  if (entry.count > 0) counter->learned = Counter::Learned{entry.count, entry.at};
}

}  // namespace

void Router::replay(const JournalReplay& journal, Now now) {
  std::map<std::int64_t, SettlementEntry> usage;
  for (const auto& booking : journal.bookings) {
    if (MUTATED(forget_open_leases)) continue;
    usage[booking.lease] = {booking.lease, booking.candidate, booking.arrives, booking.requests,
                            booking.tokens};
  }
  for (const auto& settlement : journal.settlements) usage[settlement.lease] = settlement;
  std::int64_t highest = 0;
  const auto platform_of = [this](PlatformId id) -> std::shared_ptr<PlatformState> {
    const std::lock_guard lock{state_->mutex};
    const auto found = state_->platforms.find(id);
    return found == state_->platforms.end() ? nullptr : found->second;
  };
  for (const auto& [lease, entry] : usage) {
    highest = std::max(highest, lease);
    // An open lease was written down as arriving up to 15 s after it was made.
    state_->clock_lag.has_been(entry.arrives - std::chrono::seconds{16}, now);
    const auto platform = platform_of(entry.candidate.platform);
    if (platform == nullptr) continue;
    const std::lock_guard lock{platform->mutex};
    platform->changed();
    add_usage(*platform, entry, now);
  }
  for (const auto& entry : journal.cooldowns) {
    const auto platform = platform_of(entry.candidate.platform);
    if (platform == nullptr) continue;
    const std::lock_guard lock{platform->mutex};
    platform->changed();
    auto* scope = find_scope(*platform, entry.scope, entry.candidate);
    if (scope != nullptr && (entry.until > now.wall || entry.until <= entry.since)) {
      scope->cooldown.restore(entry, now);
    }
  }
  for (const auto& entry : journal.learned) {
    const auto platform = platform_of(entry.candidate.platform);
    if (platform == nullptr) continue;
    const std::lock_guard lock{platform->mutex};
    platform->changed();
    if (auto* scope = find_scope(*platform, entry.scope, entry.candidate))
      restore_learned(*scope, entry);
  }
  for (const auto& entry : journal.penalties) {
    const auto platform = platform_of(entry.candidate.platform);
    if (platform == nullptr) continue;
    const std::lock_guard lock{platform->mutex};
    platform->changed();
    platform->models[entry.candidate.model].penalty.restore(entry.points, kMaxPenalty,
                                                            moment(entry.hit, now).steady);
  }
  auto next = state_->next_lease.load();
  while (next <= highest && !state_->next_lease.compare_exchange_weak(next, highest + 1)) {
  }
}

}  // namespace freellm::routing
