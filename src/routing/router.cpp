#include "freellm/routing/router.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "planner_state.hpp"
#include "route_index.hpp"

namespace freellm::routing {
namespace detail {

[[nodiscard]] std::unique_ptr<PlannerState, PlannerRecycler> acquire_planner();

namespace {

// A prompt may leave this much for the answer when no window holds the whole estimate, which is a
// guess anyway.
constexpr std::int64_t kShortAnswer = 256;

/// Tokens a window must hold: the whole estimate if any candidate's does, else the prompt and a
/// short answer.
std::int64_t window_need(const PlannerState& state) {
  const auto& needs = state.facts.needs;
  const std::int64_t whole = needs.prompt_tokens + needs.output_tokens;
  bool too_small = false;
  for (const auto at : state.selection->models) {
    const auto verdict = RouteIndex::static_verdict(state.index->models()[at], needs, whole);
    if (verdict == VerdictKind::admitted) return whole;
    too_small |= verdict == VerdictKind::window_too_small;
  }
  return too_small ? needs.prompt_tokens + std::min(needs.output_tokens, kShortAnswer) : whole;
}

}  // namespace
}  // namespace detail

Router::Router(LedgerJournal* journal, Now started)
    : state_(std::make_unique<detail::RouterState>()) {
  state_->journal = journal;
  // Microseconds since 1970: above every lease of an earlier run, which cannot have made one per
  // microsecond.
  state_->next_lease =
      std::chrono::duration_cast<std::chrono::microseconds>(started.wall.time_since_epoch())
          .count();
}

Router::~Router() = default;

std::shared_ptr<const RouteIndex> Router::attach(std::shared_ptr<const catalog::RouteTable> table,
                                                 const RoutingOptions& options) {
  return std::make_shared<const RouteIndex>(std::move(table), options, *state_);
}

AttemptPlanner Router::begin(std::shared_ptr<const RouteIndex> index, const RequestFacts& facts,
                             Now now) {
  auto state = detail::acquire_planner();
  state->router = state_.get();
  state->index = std::move(index);
  state->record.index = state->index;
  state->facts = facts;
  state->began = now;
  const auto& options = state->index->options();
  state->deadline = now.steady + options.total_timeout;
  state->wait_deadline =
      now.steady + std::max(Millis{0}, facts.max_wait.value_or(options.max_wait));
  state->selection = state->index->find(facts.selector);
  if (state->selection == nullptr) {
    state->own_selection = state->index->select(facts.selector);
    state->selection = &state->own_selection;
  }
  state->window_need = detail::window_need(*state);
  if (facts.assistant_turn) {
    state->session = sticky_key(facts.client_key, facts.session_id, facts.first_user_message);
    if (state->session) state->sticky = state_->sticky.find(*state->session, now.steady);
  }
  return AttemptPlanner{std::move(state)};
}

Verdict Router::next_available(const RouteIndex& index, const Candidate& candidate,
                               std::int64_t tokens, Now now) const {
  const auto* model = index.find(candidate.model);
  if (model == nullptr || model->platform == nullptr) return {.kind = VerdictKind::model_disabled};
  if (model->standing != VerdictKind::admitted) return {.kind = model->standing};
  const auto* lane = index.find(*model, candidate.key);
  if (lane == nullptr) return {.kind = VerdictKind::no_key};
  const std::lock_guard lock{model->home->mutex};
  return detail::judge_lane(index, *model, *lane, {.prompt_tokens = tokens}, now).verdict;
}

Availability Router::availability(const RouteIndex& index, std::string_view selector,
                                  const chat::RequestNeeds& needs, Now now) const {
  Availability out;
  const auto selection = index.select(selector);
  out.known = selection.kind != catalog::ModelSelector::Kind::unknown;
  SteadyTime earliest = SteadyTime::max();
  for (const auto at : selection.models) {
    const auto& model = index.models()[at];
    const auto standing =
        RouteIndex::static_verdict(model, needs, needs.prompt_tokens + needs.output_tokens);
    if (standing != VerdictKind::admitted) {
      Verdict verdict{.kind = standing,
                      .used = needs.prompt_tokens + needs.output_tokens,
                      .limit = model.window};
      const PlatformId platform = model.model->platform;
      out.candidates.push_back(
          {{platform, model.model->id, {}}, verdict, describe(verdict, now.steady)});
      continue;
    }
    const std::lock_guard lock{model.home->mutex};
    for (const auto& lane : index.lanes(model)) {
      const QuotaNeed need{.prompt_tokens = needs.prompt_tokens,
                           .output_tokens = needs.output_tokens};
      const auto found = detail::judge_lane(index, model, lane, need, now);
      const bool now_free = found.verdict.kind == VerdictKind::admitted || found.is_soft;
      out.now |= now_free;
      earliest = std::min(earliest, now_free ? now.steady : found.verdict.free_at);
      out.candidates.push_back({{model.home->id, model.model->id, lane.key->id},
                                found.verdict,
                                describe(found.verdict, now.steady)});
    }
  }
  if (earliest != SteadyTime::max()) out.at = now.wall + (earliest - now.steady);
  return out;
}

}  // namespace freellm::routing
