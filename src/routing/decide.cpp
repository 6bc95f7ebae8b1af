// The order of candidates and the choice among them.
#include <algorithm>
#include <mutex>

#include "mutation.hpp"
#include "planner_state.hpp"

namespace freellm::routing::detail {
namespace {

using namespace std::chrono_literals;

constexpr float kStickyModel = -2e6F;
constexpr float kStickyPlatform = -1e6F;

bool is_in_order(const OrderItem& a, const OrderItem& b) {
  return a.terms.score != b.terms.score ? a.terms.score < b.terms.score
                                        : a.terms.position < b.terms.position;
}

void rank(PlannerState& state, OrderItem& item, Now now) {
  const auto& options = state.index->options();
  const auto& model = state.index->models()[item.model];
  RankTerms& terms = item.terms;
  terms.penalty =
      static_cast<float>(model.state->penalty.points(now.steady, options.penalty_decay));
  if (options.strategy == Strategy::priority) {
    terms.score = terms.position + terms.penalty;
  } else {
    const std::lock_guard lock{model.home->mutex};
    score(terms, options.strategy, *model.model, model.state->stats, now.steady);
  }
  if (!state.sticky) return;
  if (state.sticky->model == model.model->id) {
    terms.sticky = true;
    terms.score = kStickyModel;
  } else if (state.facts.tool_loop && state.sticky->platform == model.home->id) {
    // Signatures and tool ids in the history belong to the provider that made them.
    terms.sticky = true;
    terms.score += kStickyPlatform;
  }
}

const Exclusion* exclusion_of(const PlannerState& state, const Candidate& candidate) {
  for (const auto& exclusion : state.excluded) {
    if (exclusion.covers(candidate)) return &exclusion;
  }
  return nullptr;
}

bool is_curable_by_waiting(chat::FailureClass cause) {
  const FailureRule& rule = rule_for(cause);
  return rule.blame == Blame::rate || rule.ladder == Ladder::fault || rule.ladder == Ladder::slow ||
         rule.ladder == Ladder::blocked;
}

/// The verdict on a lane for this request: what it ruled out itself comes before the general state.
LaneVerdict judge(const PlannerState& state, Place place, Now now) {
  const auto& model = state.model_at(place);
  const auto& lane = state.lane_at(place);
  LaneVerdict out = judge_lane(*state.index, model, lane, state.need(), now);
  const Candidate candidate{model.home->id, model.model->id, lane.key->id};
  const Exclusion* exclusion = state.excluded.empty() ? nullptr : exclusion_of(state, candidate);
  const bool too_small =
      state.window_floor > 0 && model.window > 0 && model.window <= state.window_floor;
  if (exclusion == nullptr && !too_small) return out;

  const bool could_serve = out.verdict.kind == VerdictKind::admitted || out.is_soft;
  out.is_soft = !too_small && exclusion->second_chance && could_serve;
  out.verdict.kind = VerdictKind::excluded;
  out.verdict.cause = too_small ? chat::FailureClass::too_large : exclusion->cause;
  if (!is_curable_by_waiting(out.verdict.cause)) out.verdict.free_at = SteadyTime::max();
  return out;
}

void begin_probes(const RouteIndex::Model& model, const RouteIndex::Lane& lane, SteadyTime now) {
  for (ScopeState* scope : scopes_of(model, lane)) {
    if (scope->cooldown.phase(now) == Cooldown::Phase::half_open) scope->cooldown.begin_probe(now);
  }
}

bool is_probe(const RouteIndex::Model& model, const RouteIndex::Lane& lane, SteadyTime now) {
  const auto scopes = scopes_of(model, lane);
  return std::any_of(scopes.begin(), scopes.end(), [now](const ScopeState* scope) {
    return scope->cooldown.phase(now) == Cooldown::Phase::half_open;
  });
}

/// Books and starts the attempt. The platform's mutex is held.
Attempt take(PlannerState& state, Place place, bool last_resort, Now now) {
  const auto& options = state.index->options();
  const auto& model = state.model_at(place);
  const auto& lane = state.lane_at(place);
  const auto allowance = MUTATED(release_at_booking_time) ? Millis{0} : options.dispatch_allowance;
  const Now stamp{now.steady + allowance, now.wall + state.router->clock_lag.at(now) + allowance};
  ActiveAttempt& attempt = state.attempt;
  book(state.quota_at(place), state.need(), stamp, now, attempt.booking);
  attempt.place = place;
  attempt.tokens = state.need().tokens();
  attempt.began = now.steady;
  attempt.is_sent = false;
  attempt.lease = state.router->next_lease.fetch_add(1, std::memory_order_relaxed);
  state.is_active = true;
  lane.key_state->last_used = now.steady;
  const bool probe = is_probe(model, lane, now.steady);
  if (probe) begin_probes(model, lane, now.steady);
  model.home->changed();
  return {.candidate = state.candidate_at(place),
          .platform = model.platform,
          .model = model.model,
          .key = lane.key,
          .deadline = state.deadline,
          .probe = probe,
          .last_resort = last_resort};
}

/// Looks at every key of one model; takes the one with the most headroom, then the one used longest
/// ago.
std::optional<Attempt> choose_in(PlannerState& state, std::uint32_t model_at, Now now) {
  const auto& model = state.index->models()[model_at];
  const auto lanes = state.index->lanes(model);
  const std::lock_guard lock{model.home->mutex};
  const RouteIndex::Lane* best = nullptr;
  float best_headroom = -1;
  std::uint32_t best_at = 0;
  for (std::uint32_t at = 0; at < lanes.size(); ++at) {
    const LaneVerdict found = judge(state, {model_at, at}, now);
    state.record.considered.push_back({model_at, at, found.verdict, found.is_soft});
    if (found.verdict.kind != VerdictKind::admitted) continue;
    const bool fuller = found.headroom > best_headroom;
    const bool rested = found.headroom == best_headroom &&
                        lanes[at].key_state->last_used < best->key_state->last_used;
    if (best != nullptr && !fuller && !rested) continue;
    best = &lanes[at];
    best_headroom = found.headroom;
    best_at = at;
  }
  if (best == nullptr) return std::nullopt;
  return take(state, {model_at, best_at}, false, now);
}

/// Nothing was free and unblemished: what only our own caution keeps back is tried before refusing.
std::optional<Attempt> choose_last_resort(PlannerState& state, Now now) {
  for (auto& row : state.record.considered) {
    if (!row.last_resort) continue;
    const Place place{row.model, row.key};
    const auto& model = state.model_at(place);
    const std::lock_guard lock{model.home->mutex};
    const LaneVerdict again = judge(state, place, now);
    if (!again.is_soft) continue;
    const Candidate candidate = state.candidate_at(place);
    for (auto& exclusion : state.excluded) {
      if (exclusion.covers(candidate)) exclusion.second_chance = false;
    }
    for (ScopeState* scope : scopes_of(model, state.lane_at(place))) {
      if (scope->cooldown.phase(now.steady) == Cooldown::Phase::active)
        scope->cooldown.override_once(now.steady);
    }
    return take(state, place, true, now);
  }
  return std::nullopt;
}

void journal_booking(const PlannerState& state, Attempt& attempt) {
  // What no limit counts need not survive a restart.
  if (state.router->journal == nullptr || state.attempt.booking.count == 0) return;
  state.router->journal->on_booking({.lease = state.attempt.lease,
                                     .candidate = attempt.candidate,
                                     .arrives = state.attempt.booking.stamp.wall,
                                     .requests = 1,
                                     .tokens = state.attempt.tokens});
  attempt.is_journalled = true;
}

void note_attempt(PlannerState& state, Attempt& attempt, Now now) {
  auto& attempts = state.record.attempts;
  attempt.number = static_cast<int>(attempts.size()) + 1;
  auto& record = attempts.emplace_back();
  record.candidate = attempt.candidate;
  record.started = now.wall;
  record.started_after =
      std::chrono::duration_cast<std::chrono::microseconds>(now.steady - state.began.steady);
  record.probe = attempt.probe;
  record.last_resort = attempt.last_resort;
  record.booked_tokens = state.attempt.tokens;
}

}  // namespace

bool Exclusion::covers(const Candidate& other) const { return narrowed(other, scope) == candidate; }

void build_order(PlannerState& state, Now now) {
  state.order.clear();
  const auto& needs = state.facts.needs;
  float position = 0;
  for (const std::uint32_t at : state.selection->models) {
    const auto& model = state.index->models()[at];
    const float here = position++;
    if (RouteIndex::static_verdict(model, needs, state.window_need) != VerdictKind::admitted)
      continue;
    OrderItem& item = state.order.emplace_back();
    item.model = at;
    item.terms.position = here;
    rank(state, item, now);
  }
  if (!std::is_sorted(state.order.begin(), state.order.end(), is_in_order)) {
    std::sort(state.order.begin(), state.order.end(), is_in_order);
  }
}

std::optional<Attempt> choose(PlannerState& state, Now now) {
  auto& record = state.record;
  record.considered.clear();
  record.order.clear();
  record.decided_at = now.steady;
  std::optional<Attempt> attempt;
  for (const auto& item : state.order) {
    record.order.emplace_back(item.model, item.terms);
    attempt = choose_in(state, item.model, now);
    if (attempt) break;
  }
  if (!attempt) attempt = choose_last_resort(state, now);
  if (!attempt) return std::nullopt;
  note_attempt(state, *attempt, now);
  journal_booking(state, *attempt);
  return attempt;
}

}  // namespace freellm::routing::detail
