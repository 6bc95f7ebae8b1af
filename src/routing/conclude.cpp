// What an attempt's end does to the ledger, the cooldowns and the rest of the request.
#include <algorithm>
#include <mutex>
#include <vector>

#include "benching.hpp"
#include "mutation.hpp"

namespace freellm::routing::detail {
namespace {

using chat::FailureClass;
using std::chrono::microseconds;

// Three platforms that dislike a request's shape are not all wrong.
constexpr int kMaxClientFaults = 3;

/// In a settlement: no limit counts this attempt, so its booking was not journalled either.
constexpr std::int64_t kUncounted = -1;

/// What is journalled of an attempt's end.
struct Aftermath {
  SettlementEntry settlement;
  std::vector<CooldownEntry> cooldowns;
  std::vector<LearnedEntry> learned;
  std::optional<PenaltyEntry> penalty;
};

void journal_settlement(LedgerJournal* journal, const Aftermath& after) {
  if (journal != nullptr && after.settlement.lease != kUncounted)
    journal->on_settlement(after.settlement);
}

/// Under the platform's mutex: each note replaces the one before it, so their order counts.
void journal_notes(LedgerJournal* journal, const Aftermath& after) {
  if (journal == nullptr) return;
  for (const auto& entry : after.cooldowns) journal->on_cooldown(entry);
  for (const auto& entry : after.learned) journal->on_learned(entry);
  if (after.penalty) journal->on_penalty(*after.penalty);
}

struct Charge {
  std::int64_t requests = 1;
  std::int64_t tokens = 0;
};

/// What a failed attempt is taken to have cost at the provider.
Charge charge_of(const chat::UpstreamFailure& failure, const ActiveAttempt& attempt) {
  // Whatever went wrong: what never left us costs nothing.
  if (!attempt.is_sent && failure.http_status == 0) return {0, 0};
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
  if (timings.connect.count() > 0) record.connect = timings.connect;
  return record;
}

void release_probes(const RouteIndex::Model& model, const RouteIndex::Lane& lane) {
  for (ScopeState* scope : scopes_of(model, lane)) scope->cooldown.abandon_probe();
}

/// No connection on the way that one key takes: says nothing about those that leave otherwise.
bool is_of_one_way(const chat::UpstreamFailure& failure) {
  const bool is_unconnected =
      failure.failure == FailureClass::connect_failed || failure.failure == FailureClass::timed_out;
  return is_unconnected && failure.http_status == 0 && failure.scope == chat::Scope::key;
}

void exclude(PlannerState& state, const chat::UpstreamFailure& failure, const FailureRule& rule,
             Consequence& consequence) {
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
      if (!is_of_one_way(failure)) scope = chat::Scope::platform;
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
  const bool second_chance = rule.second_chance && !again;
  state.excluded.push_back({scope, candidate, failure.failure, second_chance});
  consequence.ruled_out = scope;
  consequence.smaller_too = rule.rule_out == RuleOut::smaller_models;
  consequence.second_chance = second_chance;
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
  // What an adapter cannot express (status 0) says nothing about the request's shape elsewhere.
  const bool is_told = rule.blame == Blame::client && failure.http_status >= 400;
  if (is_told && ++state.client_faults >= kMaxClientFaults) {
    state.verdict = Error{.kind = ErrorKind::bad_request,
                          .source = ErrorSource::upstream,
                          .http_status = 400,
                          .message = failure.message,
                          .code = "invalid_request"};
  }
}

/// What is benched and demoted for later requests as well.
Consequence lasting(const Aftermath& after, Now now) {
  Consequence consequence;
  if (!after.cooldowns.empty()) {
    const auto& cooldown = after.cooldowns.front();
    consequence.benched = cooldown.scope;
    consequence.benched_for = std::chrono::ceil<Millis>(cooldown.until - now.wall);
    consequence.stated = cooldown.stated;
  }
  if (after.penalty) consequence.penalty = after.penalty->points;
  return consequence;
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
    if (auto entry = start_cooldown(state, failure, now))
      after.cooldowns.push_back(*std::move(entry));
    model.home->changed();
    after.penalty = penalize(state, model, rule, now);
    const bool is_upstreams = rule.blame == Blame::upstream || rule.blame == Blame::timeout;
    // A way out that is broken says nothing about how good the model is.
    if (is_upstreams && !is_of_one_way(failure) && !failure.at_proxy) {
      model.state->stats.success.add(0, now.steady);
      ++model.state->stats.samples;
    }
    journal_notes(state.router->journal, after);
  }
  journal_settlement(state.router->journal, after);
  AttemptRecord& record = close_record(state, timings, now);
  record.failure = failure.failure;
  record.http_status = failure.http_status;
  record.message = failure.message.substr(0, 500);
  record.retry_after = failure.retry_after;
  record.consequence = lasting(after, now);
  exclude(state, failure, rule, record.consequence);
  maybe_end(state, failure, rule);
  record.consequence.ended_request = state.verdict.has_value();
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
    end_cooldowns(state, now, after.cooldowns);
    model.home->changed();
    if (model.state->penalty.base().points > 0) {
      model.state->penalty.success(now.steady, options.penalty_decay);
      after.penalty = penalty_entry(model, now);
    }
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
    journal_notes(state.router->journal, after);
  }
  journal_settlement(state.router->journal, after);
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
    model.home->changed();
  }
  journal_settlement(state.router->journal, after);
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
    model.home->changed();
    state.is_active = false;
  }
  if (state.is_waiting) {
    const std::lock_guard lock{state.model_at(state.waiting_on).home->mutex};
    drop_set_aside(state.quota_at(state.waiting_on), state.ticket);
    state.model_at(state.waiting_on).home->changed();
    state.is_waiting = false;
    state.router->waiting.fetch_sub(1, std::memory_order_relaxed);
  }
}

}  // namespace freellm::routing::detail
