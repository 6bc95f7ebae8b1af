// What failures and successes do to cooldowns and penalties.
#include "benching.hpp"

#include <algorithm>

#include "freellm/routing/time_zone.hpp"
#include "mutation.hpp"

namespace freellm::routing::detail {
namespace {

using chat::FailureClass;

chat::Scope cooldown_scope(const chat::UpstreamFailure& failure) {
  switch (failure.failure) {
    case FailureClass::bad_key:
      return chat::Scope::key;
    case FailureClass::connect_failed:
      // The way out of one key may be broken (a proxy of its own) while the others' is not.
      return failure.scope == chat::Scope::key ? chat::Scope::key : chat::Scope::platform;
    case FailureClass::blocked_host:
      return chat::Scope::platform;
    case FailureClass::provider_busy:
    case FailureClass::provider_sick:
      return failure.scope == chat::Scope::platform ? chat::Scope::platform : chat::Scope::model;
    default:
      return failure.scope;
  }
}

std::optional<WallTime> day_end_of(const LaneQuota& quota, WallTime now) {
  for (const auto& limit : quota.limits) {
    if (limit.counter->window != chat::LimitWindow::day) continue;
    if (limit.counter->reset == catalog::DayReset::utc) return utc_zone().next_day_start(now);
    if (limit.counter->reset == catalog::DayReset::pacific)
      return pacific_zone().next_day_start(now);
  }
  return std::nullopt;
}

/// One key's refusal does not sink a model whose sibling still serves. The mutex is held.
bool any_key_serves(const PlannerState& state, const RouteIndex::Model& model, Now now) {
  const auto lanes = state.index->lanes(model);
  return std::any_of(lanes.begin(), lanes.end(), [&](const RouteIndex::Lane& lane) {
    return judge_lane(*state.index, model, lane, state.need(), now).verdict.kind ==
           VerdictKind::admitted;
  });
}

}  // namespace

std::optional<CooldownEntry> start_cooldown(PlannerState& state,
                                            const chat::UpstreamFailure& failure, Now now) {
  const Place place = state.attempt.place;
  const chat::Scope scope = cooldown_scope(failure);
  if (scope == chat::Scope::request && !MUTATED(bench_client_faults)) return std::nullopt;
  Cooldown& cooldown = scope_of(state.model_at(place), state.lane_at(place), scope).cooldown;
  const bool benches = rule_for(failure.failure).ladder != Ladder::none;
  if (!benches && !MUTATED(bench_client_faults)) return std::nullopt;
  const int strikes = cooldown.strike(failure.failure, now.steady);
  const auto plan =
      plan_cooldown(failure, strikes, day_end_of(state.quota_at(place), now.wall), now);
  if (!plan) return std::nullopt;
  cooldown.start(failure, plan->length, plan->stated, now);
  return CooldownEntry{.scope = scope,
                       .candidate = narrowed(state.candidate_at(place), scope),
                       .cause = cooldown.cause(),
                       .stated = cooldown.stated(),
                       .since = cooldown.since_wall(),
                       .until = cooldown.until_wall(),
                       .quota_strikes = cooldown.quota_strikes(),
                       .fault_strikes = cooldown.fault_strikes(),
                       .message = cooldown.message()};
}

PenaltyEntry penalty_entry(const RouteIndex::Model& model, Now now) {
  const auto base = model.state->penalty.base();
  return {.candidate = {model.home->id, model.model->id, {}},
          .points = base.points,
          .hit = now.wall - (now.steady - base.hit)};
}

void end_cooldowns(PlannerState& state, Now now, std::vector<CooldownEntry>& out) {
  const Place place = state.attempt.place;
  const auto& model = state.model_at(place);
  const auto& lane = state.lane_at(place);
  for (const auto scope :
       {chat::Scope::model_key, chat::Scope::model, chat::Scope::key, chat::Scope::platform}) {
    if (!scope_of(model, lane, scope).cooldown.on_success(state.attempt.began)) continue;
    out.push_back({.scope = scope,
                   .candidate = narrowed(state.candidate_at(place), scope),
                   .since = now.wall,
                   .until = now.wall});
  }
}

std::optional<PenaltyEntry> penalize(PlannerState& state, const RouteIndex::Model& model,
                                     const FailureRule& rule, Now now) {
  const auto& options = state.index->options();
  const int points = rule.blame == Blame::rate ? options.penalty_per_rate_limit : rule.penalty;
  if (points == 0) return std::nullopt;
  if (rule.blame == Blame::rate && any_key_serves(state, model, now)) return std::nullopt;
  model.state->penalty.hit(points, options.penalty_max, now.steady, options.penalty_decay);
  return penalty_entry(model, now);
}

}  // namespace freellm::routing::detail
