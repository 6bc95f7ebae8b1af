#include "freellm/routing/planner.hpp"

#include <algorithm>
#include <cassert>
#include <mutex>

#include "mutation.hpp"
#include "planner_state.hpp"

namespace freellm::routing {
namespace detail {
namespace {

constexpr std::size_t kPooledPlanners = 64;
// A planner that served a huge refusal is not worth keeping.
constexpr std::size_t kPooledRows = 4096;

std::vector<std::unique_ptr<PlannerState>>& pool() {
  thread_local std::vector<std::unique_ptr<PlannerState>> planners;
  return planners;
}

}  // namespace

std::unique_ptr<PlannerState, PlannerRecycler> acquire_planner() {
  auto& planners = pool();
  if (planners.empty()) return std::unique_ptr<PlannerState, PlannerRecycler>{new PlannerState};
  auto* state = planners.back().release();
  planners.pop_back();
  return std::unique_ptr<PlannerState, PlannerRecycler>{state};
}

void PlannerRecycler::operator()(PlannerState* state) const noexcept {
  std::unique_ptr<PlannerState> owned{state};
  abandon(*owned);
  auto& planners = pool();
  if (planners.size() >= kPooledPlanners || owned->record.considered.capacity() > kPooledRows)
    return;
  owned->reset();
  planners.push_back(std::move(owned));
}

void PlannerState::reset() {
  router = nullptr;
  index.reset();
  facts = {};
  selection = nullptr;
  own_selection.models.clear();
  session.reset();
  sticky.reset();
  order.clear();
  excluded.clear();
  window_floor = 0;
  client_faults = 0;
  ticket = QuotaNeed::kNewcomer;
  is_over = false;
  verdict.reset();
  record.whole_table = false;
  record.selected.clear();
  record.order.clear();
  record.considered.clear();
  record.attempts.clear();
  record.index.reset();
  record.sticky.reset();
  record.refusal.reset();
  record.retry_at.reset();
  record.usage = {};
  record.waited = {};
  record.decided_in.reset();
  record.overhead.reset();
}

namespace {

/// Fills in what the record needs beyond what was noted along the way.
void complete_record(const PlannerState& state, ExplainRecord& record) {
  record.request_id = state.facts.request_id;
  record.selector = state.facts.selector.empty() ? "auto" : state.facts.selector;
  record.needs = state.facts.needs;
  record.at = state.began.wall;
  record.strategy = state.index->options().strategy;
  if (state.sticky) record.sticky = state.sticky->model;
  record.index = state.index;
  record.whole_table = state.selection->models.size() == state.index->models().size();
  if (!record.whole_table) record.selected = state.selection->models;
}

void leave_queue(PlannerState& state, Now now) {
  if (!state.is_waiting) return;
  {
    const std::lock_guard lock{state.model_at(state.waiting_on).home->mutex};
    drop_set_aside(state.quota_at(state.waiting_on), state.ticket);
    state.model_at(state.waiting_on).home->changed();
  }
  state.is_waiting = false;
  state.router->waiting.fetch_sub(1, std::memory_order_relaxed);
  state.record.waited +=
      std::chrono::duration_cast<std::chrono::microseconds>(now.steady - state.wait_began);
}

/// Joins the queue for the earliest candidate, when that is soon enough and there is room.
std::optional<Wait> join_queue(PlannerState& state, Now now) {
  using namespace std::chrono_literals;
  if (state.wait_deadline <= now.steady) return std::nullopt;
  const Earliest earliest = earliest_of(state);
  if (earliest.at > std::min(state.wait_deadline, state.deadline)) return std::nullopt;
  const int before = state.router->waiting.fetch_add(1, std::memory_order_relaxed);
  if (before >= state.index->options().max_waiting) {
    state.router->waiting.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  if (state.ticket == QuotaNeed::kNewcomer) {
    state.ticket = state.router->next_ticket.fetch_add(1, std::memory_order_relaxed);
  }
  const std::lock_guard lock{state.model_at(earliest.place).home->mutex};
  set_aside(state.quota_at(earliest.place), state.need());
  state.model_at(earliest.place).home->changed();
  state.is_waiting = true;
  state.waiting_on = earliest.place;
  state.wait_began = now.steady;
  const auto expected = std::max(earliest.at, now.steady + 1ms);
  return Wait{std::min(expected, now.steady + 1s), expected};
}

}  // namespace
}  // namespace detail

using detail::PlannerState;

AttemptPlanner::AttemptPlanner(std::unique_ptr<PlannerState, detail::PlannerRecycler> state)
    : state_(std::move(state)) {}
AttemptPlanner::AttemptPlanner(AttemptPlanner&&) noexcept = default;
AttemptPlanner& AttemptPlanner::operator=(AttemptPlanner&&) noexcept = default;
AttemptPlanner::~AttemptPlanner() = default;

Step AttemptPlanner::next(Now now) {
  PlannerState& state = *state_;
  assert(!state.is_active);
  detail::leave_queue(state, now);
  const auto& options = state.index->options();
  const auto attempts = static_cast<int>(state.record.attempts.size());
  const bool spent = attempts >= options.max_attempts || now.steady >= state.deadline ||
                     (MUTATED(give_up_after_first_failure) && attempts > 0);
  if (state.verdict || state.is_over || spent) return detail::refuse(state, now);
  detail::build_order(state, now);
  if (auto attempt = detail::choose(state, now)) return *attempt;
  if (auto wait = detail::join_queue(state, now)) return *wait;
  return detail::refuse(state, now);
}

void AttemptPlanner::sent(Now now) {
  auto& attempt = state_->attempt;
  if (!state_->is_active) return;
  attempt.is_sent = true;
  if (attempt.booking.count == 0 || MUTATED(release_at_booking_time)) return;
  const auto guard = state_->index->options().arrival_guard;
  const auto lag = state_->router->clock_lag.at(now);
  const std::lock_guard lock{state_->model_at(attempt.place).home->mutex};
  restamp(attempt.booking, {now.steady + guard, now.wall + lag + guard}, now);
  state_->model_at(attempt.place).home->changed();
}

void AttemptPlanner::observed(std::span<const chat::LimitObservation> limits, Now now) {
  if (!state_->is_active || limits.empty()) return;
  const auto& attempt = state_->attempt;
  {
    auto& home = *state_->model_at(attempt.place).home;
    const std::lock_guard lock{home.mutex};
    home.changed();
    auto* const journal = state_->router->journal;
    for (const auto& said : limits) {
      const auto* counter = observe(state_->quota_at(attempt.place), said, &attempt.booking,
                                    state_->index->options().max_lease_age, now);
      if (counter == nullptr || journal == nullptr) continue;
      journal->on_learned({counter->scope,
                           detail::narrowed(state_->candidate_at(attempt.place), counter->scope),
                           counter->metric, counter->window, counter->learned->count, now.wall});
    }
  }
}

void AttemptPlanner::failed(const chat::UpstreamFailure& failure, AttemptTimings timings, Now now) {
  if (state_->is_active) detail::conclude_failure(*state_, failure, timings, now);
}

void AttemptPlanner::succeeded(const chat::Usage& usage, AttemptTimings timings, Now now) {
  if (state_->is_active) detail::conclude_success(*state_, usage, timings, now);
}

void AttemptPlanner::client_gone(Now now) {
  if (state_->is_active) return detail::conclude_client_gone(*state_, now);
  detail::leave_queue(*state_, now);
  state_->is_over = true;
}

int AttemptPlanner::failed_attempts() const {
  const auto& attempts = state_->record.attempts;
  const auto failed = [](const AttemptRecord& attempt) {
    return attempt.concluded && !attempt.served;
  };
  return static_cast<int>(std::count_if(attempts.begin(), attempts.end(), failed));
}

ExplainRecord AttemptPlanner::explain() const {
  ExplainRecord record = state_->record;
  detail::complete_record(*state_, record);
  return record;
}

ExplainRecord AttemptPlanner::take_record() {
  ExplainRecord& record = state_->record;
  detail::complete_record(*state_, record);
  // What is as long as the catalog is copied to its exact size: the planner keeps its memory, and
  // the next request need not grow it again.
  auto considered = record.considered;
  auto order = record.order;
  ExplainRecord out = std::exchange(record, {});
  std::swap(out.considered, considered);
  std::swap(out.order, order);
  considered.clear();
  order.clear();
  record.considered = std::move(considered);
  record.order = std::move(order);
  return out;
}

std::string AttemptPlanner::fallback_trail() const {
  return routing::fallback_trail(state_->record);
}

}  // namespace freellm::routing
