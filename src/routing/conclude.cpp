// What an attempt's end does to the ledger, the cooldowns and the rest of the request.
#include <algorithm>
#include <mutex>
#include <vector>

#include "freellm/routing/time_zone.hpp"
#include "mutation.hpp"
#include "planner_state.hpp"

namespace freellm::routing::detail {
namespace {

using chat::FailureClass;
using std::chrono::microseconds;

// Three platforms that dislike a request's shape are not all wrong.
constexpr int kMaxClientFaults = 3;

/// In a settlement: no limit counts this attempt, so its booking was not journalled either.
constexpr std::int64_t kUncounted = -1;

/// What the platform's mutex must not be held for.
struct Aftermath {
  SettlementEntry settlement;
  std::optional<CooldownEntry> cooldown;
  std::vector<LearnedEntry> learned;
};

void journal(LedgerJournal* journal, const Aftermath& after) {
  if (journal == nullptr) return;
  if (after.settlement.lease != kUncounted) journal->on_settlement(after.settlement);
  if (after.cooldown) journal->on_cooldown(*after.cooldown);
  for (const auto& entry : after.learned) journal->on_learned(entry);
}

struct Charge {
  std::int64_t requests = 1;
  std::int64_t tokens = 0;
};

/// What a failed attempt is taken to have cost at the provider.
Charge charge_of(const chat::UpstreamFailure& failure, const ActiveAttempt& attempt) {
  const bool never_arrived = !attempt.is_sent && failure.http_status == 0;
  if (failure.failure == FailureClass::connect_failed && never_arrived) return {0, 0};
  if (failure.http_status >= 400) return {MUTATED(refund_refused_requests) ? 0 : 1, 0};
  // Cut, stalled or empty: the provider may well have worked, and counts it.
  return {1, attempt.tokens};
}

SettlementEntry settle_attempt(PlannerState& state, Charge charge, Now now) {
  ActiveAttempt& attempt = state.attempt;
  const bool is_counted = attempt.booking.count > 0;  // settling empties it
  settle(attempt.booking, charge.requests, charge.tokens, state.router->clock_lag.at(now), now);
  return {.lease = is_counted ? attempt.lease : kUncounted,
          .candidate = state.candidate_at(attempt.place),
          .arrives = attempt.booking.stamp.wall,
          .requests = charge.requests,
          .tokens = charge.tokens};
}

AttemptRecord& close_record(PlannerState& state, AttemptTimings timings, Now now) {
  state.is_active = false;
  AttemptRecord& record = state.record.attempts.back();
  record.concluded = true;
  record.duration =
      timings.total.count() > 0
          ? timings.total
          : std::chrono::duration_cast<microseconds>(now.steady - state.attempt.began);
  if (timings.first_token.count() > 0) record.first_token = timings.first_token;
  return record;
}

void release_probes(const RouteIndex::Model& model, const RouteIndex::Lane& lane) {
  for (ScopeState* scope : scopes_of(model, lane)) scope->cooldown.abandon_probe();
}

chat::Scope cooldown_scope(const chat::UpstreamFailure& failure) {
  switch (failure.failure) {
    case FailureClass::bad_key:
      return chat::Scope::key;
    case FailureClass::blocked_host:
    case FailureClass::connect_failed:
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

/// Benches the failed scope; the mutex is held.
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
                       .until = cooldown.until_wall()};
}

/// One key's refusal does not sink a model whose sibling still serves. The mutex is held.
bool any_key_serves(const PlannerState& state, const RouteIndex::Model& model, Now now) {
  const auto lanes = state.index->lanes(model);
  return std::any_of(lanes.begin(), lanes.end(), [&](const RouteIndex::Lane& lane) {
    return judge_lane(*state.index, model, lane, state.need(), now).verdict.kind ==
           VerdictKind::admitted;
  });
}

void penalize(PlannerState& state, const RouteIndex::Model& model, const FailureRule& rule,
              Now now) {
  const auto& options = state.index->options();
  const int points = rule.blame == Blame::rate ? options.penalty_per_rate_limit : rule.penalty;
  if (points == 0) return;
  if (rule.blame == Blame::rate && any_key_serves(state, model, now)) return;
  model.state->penalty.hit(points, options.penalty_max, now.steady, options.penalty_decay);
}

void exclude(PlannerState& state, const chat::UpstreamFailure& failure, const FailureRule& rule) {
  chat::Scope scope =
      failure.scope == chat::Scope::request ? chat::Scope::model_key : failure.scope;
  const auto& model = state.model_at(state.attempt.place);
  switch (rule.rule_out) {
    case RuleOut::by_scope:
      break;
    case RuleOut::key:
      scope = chat::Scope::key;
      break;
    case RuleOut::model:
      scope = chat::Scope::model;
      break;
    case RuleOut::platform:
      scope = chat::Scope::platform;
      break;
    case RuleOut::smaller_models:
      scope = chat::Scope::model;
      state.window_floor = std::max(state.window_floor, model.window);
      break;
    case RuleOut::everything:
      return;
  }
  const Candidate candidate = narrowed(state.candidate_at(state.attempt.place), scope);
  // Tried and failed again: the second chance is spent.
  const bool again =
      std::any_of(state.excluded.begin(), state.excluded.end(), [&](const Exclusion& known) {
        return known.covers(candidate) || known.candidate == candidate;
      });
  state.excluded.push_back({scope, candidate, failure.failure, rule.second_chance && !again});
}

/// Refusals that end the request whatever else there is.
void maybe_end(PlannerState& state, const chat::UpstreamFailure& failure, const FailureRule& rule) {
  if (rule.blame == Blame::content) {
    state.verdict = Error{.kind = ErrorKind::bad_request,
                          .source = ErrorSource::upstream,
                          .http_status = 403,
                          .message = "the provider refused the content: " + failure.message,
                          .code = "content_filter"};
  }
  if (rule.blame == Blame::client && ++state.client_faults >= kMaxClientFaults) {
    state.verdict = Error{.kind = ErrorKind::bad_request,
                          .source = ErrorSource::upstream,
                          .http_status = 400,
                          .message = failure.message,
                          .code = "invalid_request"};
  }
}

LearnedEntry learned_entry(const PlannerState& state, const Counter& counter, WallTime now) {
  return {.scope = counter.scope,
          .candidate = narrowed(state.candidate_at(state.attempt.place), counter.scope),
          .metric = counter.metric,
          .window = counter.window,
          .count = counter.learned->count,
          .at = now};
}

}  // namespace

void conclude_failure(PlannerState& state, const chat::UpstreamFailure& failure,
                      AttemptTimings timings, Now now) {
  const FailureRule& rule = rule_for(failure.failure);
  if (rule.blame == Blame::nobody) return conclude_client_gone(state, now);
  const Place place = state.attempt.place;
  const auto& model = state.model_at(place);
  const auto& lane = state.lane_at(place);
  Aftermath after;
  {
    const std::lock_guard lock{model.home->mutex};
    const Charge charge = charge_of(failure, state.attempt);
    for (const auto& said : failure.limits) {
      const auto* counter = observe(state.quota_at(place), said, &state.attempt.booking,
                                    state.index->options().max_lease_age, now);
      if (counter != nullptr) after.learned.push_back(learned_entry(state, *counter, now.wall));
    }
    after.settlement = settle_attempt(state, charge, now);
    release_probes(model, lane);
    after.cooldown = start_cooldown(state, failure, now);
    penalize(state, model, rule, now);
    if (rule.blame == Blame::upstream || rule.blame == Blame::timeout) {
      model.state->stats.success.add(0, now.steady);
      ++model.state->stats.samples;
    }
  }
  journal(state.router->journal, after);
  AttemptRecord& record = close_record(state, timings, now);
  record.failure = failure.failure;
  record.http_status = failure.http_status;
  record.message = failure.message.substr(0, 500);
  exclude(state, failure, rule);
  maybe_end(state, failure, rule);
}

void conclude_success(PlannerState& state, const chat::Usage& usage, AttemptTimings timings,
                      Now now) {
  const Place place = state.attempt.place;
  const auto& model = state.model_at(place);
  const auto& lane = state.lane_at(place);
  const auto& options = state.index->options();
  const std::int64_t reported =
      std::max(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  Aftermath after;
  {
    const std::lock_guard lock{model.home->mutex};
    after.settlement =
        settle_attempt(state, {1, reported > 0 ? reported : state.attempt.tokens}, now);
    release_probes(model, lane);
    for (ScopeState* scope : scopes_of(model, lane))
      scope->cooldown.on_success(state.attempt.began);
    model.state->penalty.success(now.steady, options.penalty_decay);
    RouteStats& stats = model.state->stats;
    stats.success.add(1, now.steady);
    ++stats.samples;
    const auto writing = timings.total - timings.first_token;
    if (timings.first_token.count() > 0) {
      stats.first_token_ms.add(static_cast<double>(timings.first_token.count()) / 1e3, now.steady);
      if (writing.count() > 0 && usage.completion_tokens > 1) {
        stats.tokens_per_second.add(static_cast<double>(usage.completion_tokens) * 1e6 /
                                        static_cast<double>(writing.count()),
                                    now.steady);
      }
    }
  }
  journal(state.router->journal, after);
  AttemptRecord& record = close_record(state, timings, now);
  record.served = true;
  state.record.usage = usage;
  state.is_over = true;
  if (!state.session) {
    state.session =
        sticky_key(state.facts.client_key, state.facts.session_id, state.facts.first_user_message);
  }
  if (state.session && options.sticky_ttl.count() > 0) {
    state.router->sticky.remember(*state.session, state.candidate_at(place),
                                  now.steady + options.sticky_ttl);
  }
}

void conclude_client_gone(PlannerState& state, Now now) {
  const Place place = state.attempt.place;
  const auto& model = state.model_at(place);
  Aftermath after;
  {
    const std::lock_guard lock{model.home->mutex};
    const Charge charge = state.attempt.is_sent ? Charge{1, state.attempt.tokens} : Charge{0, 0};
    after.settlement = settle_attempt(state, charge, now);
    release_probes(model, state.lane_at(place));
  }
  journal(state.router->journal, after);
  AttemptRecord& record = close_record(state, {}, now);
  record.failure = FailureClass::client_gone;
  state.is_over = true;
}

void abandon(PlannerState& state) noexcept {
  if (state.is_active) {
    const auto& model = state.model_at(state.attempt.place);
    const std::lock_guard lock{model.home->mutex};
    release(state.attempt.booking);
    release_probes(model, state.lane_at(state.attempt.place));
    state.is_active = false;
  }
  if (state.is_waiting) {
    const std::lock_guard lock{state.model_at(state.waiting_on).home->mutex};
    drop_set_aside(state.quota_at(state.waiting_on), state.ticket);
    state.is_waiting = false;
    state.router->waiting.fetch_sub(1, std::memory_order_relaxed);
  }
}

}  // namespace freellm::routing::detail
