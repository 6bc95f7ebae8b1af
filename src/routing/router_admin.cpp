// What people see and clear (/api/quotas), and what a restart brings back.
#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "freellm/routing/router.hpp"
#include "route_index.hpp"

namespace freellm::routing {
namespace {

using chat::Scope;
using detail::PlatformState;
using detail::ScopeState;

WallTime wall_at(SteadyTime at, Now now) { return now.wall + (at - now.steady); }

/// Calls `visit(ScopeId, ScopeState&)` for everything of a platform. Its mutex is held.
template <class Visit>
void for_each_scope(PlatformState& platform, const Visit& visit) {
  visit(ScopeId{Scope::platform, {platform.id, {}, {}}}, platform);
  for (auto& [key, state] : platform.keys)
    visit(ScopeId{Scope::key, {platform.id, {}, key}}, state);
  for (auto& [model, state] : platform.models)
    visit(ScopeId{Scope::model, {platform.id, model, {}}}, state);
  for (auto& [lane, state] : platform.lanes) {
    visit(ScopeId{Scope::model_key, {platform.id, lane.first, lane.second}}, state);
  }
}

std::vector<std::shared_ptr<PlatformState>> platforms_of(const detail::RouterState& router) {
  const std::lock_guard lock{router.mutex};
  std::vector<std::shared_ptr<PlatformState>> out;
  for (const auto& [id, state] : router.platforms) out.push_back(state);
  return out;
}

using ConfiguredLimits = std::unordered_map<const Counter*, std::int64_t>;

ConfiguredLimits configured_limits(const RouteIndex& index) {
  ConfiguredLimits out;
  for (const auto& model : index.models()) {
    if (model.platform == nullptr) continue;
    for (const auto& lane : index.lanes(model)) {
      for (const auto& limit : index.quota(model, lane).limits) {
        const auto [known, is_new] = out.emplace(limit.counter, limit.count);
        if (!is_new) known->second = std::min(known->second, limit.count);
      }
    }
  }
  return out;
}

CounterRow counter_row(const ScopeId& of, Counter& counter, const ConfiguredLimits& configured,
                       Now now) {
  CounterRow row{.of = of,
                 .metric = counter.metric,
                 .window = counter.window,
                 .reset = counter.reset,
                 .used = counter.usage.used(now),
                 .configured = {},
                 .learned = {},
                 .learned_at = {},
                 .stated_left = {},
                 .stated_until = {},
                 .next_free = {}};
  if (const auto found = configured.find(&counter); found != configured.end())
    row.configured = found->second;
  if (counter.learned) {
    row.learned = counter.learned->count;
    row.learned_at = counter.learned->at;
  }
  if (counter.stated && counter.stated->until > now.steady) {
    row.stated_left = counter.stated->left;
    row.stated_until = counter.stated->until_wall;
  }
  std::optional<std::int64_t> limit = row.configured;
  if (row.learned) limit = std::min(limit.value_or(*row.learned), *row.learned);
  if (limit && row.used > 0) {
    const auto wanted = std::max<std::int64_t>(1, row.used + 1 - *limit);
    const SteadyTime at = counter.usage.frees(wanted, now);
    if (at != SteadyTime::max()) row.next_free = wall_at(at, now);
  }
  return row;
}

void add_cooldown(QuotaSnapshot& out, const ScopeId& of, const Cooldown& cooldown, Now now) {
  const auto phase = cooldown.phase(now.steady);
  if (phase == Cooldown::Phase::clear) return;
  out.cooldowns.push_back({.of = of,
                           .cause = cooldown.cause(),
                           .stated = cooldown.stated(),
                           .half_open = phase != Cooldown::Phase::active,
                           .since = cooldown.since_wall(),
                           .until = cooldown.until_wall(),
                           .strikes = cooldown.strikes(),
                           .message = cooldown.message()});
}

ModelRow model_row(PlatformId platform, ModelId model, const detail::ModelState& state,
                   Millis decay, Now now) {
  ModelRow row{.platform = platform,
               .model = model,
               .penalty = state.penalty.points(now.steady, decay),
               .penalty_gone = {}};
  if (row.penalty > 0) row.penalty_gone = wall_at(state.penalty.gone_at(now.steady, decay), now);
  row.success_rate = state.stats.success.blended(0.9, 2, now.steady);
  row.tokens_per_second = state.stats.tokens_per_second.value();
  row.first_token_ms = state.stats.first_token_ms.value();
  row.samples = state.stats.samples;
  return row;
}

bool is_below(const ScopeId& id, const ScopeId& target) {
  if (id == target) return true;
  return target.scope == Scope::platform && id.candidate.platform == target.candidate.platform;
}

/// What was cleared must be journalled too, or a restart would bring it back.
void clear_scope(const ScopeId& id, ScopeState& state, ClearWhat what, Now now,
                 LedgerJournal* journal) {
  const bool all = what == ClearWhat::everything;
  if ((all || what == ClearWhat::cooldown) &&
      state.cooldown.phase(now.steady) != Cooldown::Phase::clear) {
    state.cooldown.clear();
    if (journal != nullptr)
      journal->on_cooldown(
          {.scope = id.scope, .candidate = id.candidate, .since = now.wall, .until = now.wall});
  }
  if (!all && what != ClearWhat::learned) return;
  for (auto& counter : state.quota.counters) {
    counter->stated.reset();
    if (!counter->learned) continue;
    counter->learned.reset();
    if (journal != nullptr)
      journal->on_learned({id.scope, id.candidate, counter->metric, counter->window, -1, now.wall});
  }
  // The counters stay where they are: bookings under way point at them.
}

}  // namespace

QuotaSnapshot Router::snapshot(const RouteIndex& index, Now now) const {
  QuotaSnapshot out;
  out.at = now.wall;
  out.waiting = state_->waiting.load(std::memory_order_relaxed);
  out.sticky_sessions = state_->sticky.size();
  const auto configured = configured_limits(index);
  const Millis decay = index.options().penalty_decay;
  for (const auto& platform : platforms_of(*state_)) {
    const std::lock_guard lock{platform->mutex};
    for_each_scope(*platform, [&](const ScopeId& id, ScopeState& state) {
      for (const auto& counter : state.quota.counters) {
        out.counters.push_back(counter_row(id, *counter, configured, now));
      }
      add_cooldown(out, id, state.cooldown, now);
    });
    for (const auto& [model, state] : platform->models) {
      out.models.push_back(model_row(platform->id, model, state, decay, now));
    }
  }
  return out;
}

bool Router::clear(const ScopeId& target, ClearWhat what, Now now) {
  bool found = false;
  LedgerJournal* const journal = state_->journal;
  for (const auto& platform : platforms_of(*state_)) {
    if (platform->id != target.candidate.platform) continue;
    const std::lock_guard lock{platform->mutex};
    platform->changed();
    for_each_scope(*platform, [&](const ScopeId& id, ScopeState& state) {
      if (!is_below(id, target)) return;
      found = true;
      clear_scope(id, state, what, now, journal);
    });
    const bool penalties = what == ClearWhat::penalty || what == ClearWhat::everything;
    for (auto& [model, state] : platform->models) {
      const bool meant = target.scope == Scope::platform || target.candidate.model == model;
      if (!penalties || !meant || state.penalty.base().points == 0) continue;
      state.penalty.clear();
      if (journal != nullptr)
        journal->on_penalty({.candidate = {platform->id, model, {}}, .hit = now.wall});
    }
  }
  return found;
}

void Router::clear_all(Now now) {
  for (const auto& platform : platforms_of(*state_)) {
    clear({Scope::platform, {platform->id, {}, {}}}, ClearWhat::everything, now);
  }
}

}  // namespace freellm::routing
