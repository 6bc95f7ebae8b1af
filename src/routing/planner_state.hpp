#pragma once
// What an AttemptPlanner holds. Objects are recycled per thread, so that a request allocates
// nothing here once the vectors have grown.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "freellm/routing/facts.hpp"
#include "freellm/routing/failure_rules.hpp"
#include "freellm/routing/planner.hpp"
#include "route_index.hpp"

namespace freellm::routing::detail {

/// Something this request will not try again.
struct Exclusion {
  chat::Scope scope = chat::Scope::model_key;
  Candidate candidate;
  chat::FailureClass cause = chat::FailureClass::provider_error;
  bool second_chance = false;  ///< may be tried once more when nothing else is left

  [[nodiscard]] bool covers(const Candidate& other) const;
};

struct OrderItem {
  RankTerms terms;
  std::uint32_t model = 0;
};

/// A model and one of its lanes, by position in the index.
struct Place {
  std::uint32_t model = 0;
  std::uint32_t lane = 0;
};

struct ActiveAttempt {
  Place place;
  Booking booking;
  std::int64_t lease = 0;
  std::int64_t tokens = 0;  ///< booked
  SteadyTime began{};
  bool is_sent = false;
};

struct PlannerState {
  RouterState* router = nullptr;
  std::shared_ptr<const RouteIndex> index;
  RequestFacts facts;
  Now began{};
  SteadyTime deadline{};
  SteadyTime wait_deadline{};
  std::int64_t window_need = 0;

  const RouteIndex::Selection* selection = nullptr;
  RouteIndex::Selection own_selection;  ///< for a name the index does not hold
  std::optional<StickyKey> session;
  std::optional<Candidate> sticky;

  std::vector<OrderItem> order;
  std::vector<Exclusion> excluded;
  std::int64_t window_floor = 0;  ///< windows up to this size have proved too small
  int client_faults = 0;

  bool is_active = false;
  ActiveAttempt attempt;

  std::uint64_t ticket = QuotaNeed::kNewcomer;
  bool is_waiting = false;
  Place waiting_on;
  SteadyTime wait_began{};

  bool is_over = false;          ///< served, or the client left
  std::optional<Error> verdict;  ///< settled before candidates ran out: content policy and the like
  ExplainRecord record;

  [[nodiscard]] const RouteIndex::Model& model_at(Place place) const {
    return index->models()[place.model];
  }
  [[nodiscard]] const RouteIndex::Lane& lane_at(Place place) const {
    return index->lanes(model_at(place))[place.lane];
  }
  [[nodiscard]] LaneQuota quota_at(Place place) const {
    return index->quota(model_at(place), lane_at(place));
  }
  [[nodiscard]] QuotaNeed need() const {
    return {facts.needs.prompt_tokens, facts.needs.output_tokens, ticket};
  }
  [[nodiscard]] Candidate candidate_at(Place place) const {
    const auto& model = model_at(place);
    return {model.home->id, model.model->id, lane_at(place).key->id};
  }
  void reset();
};

/// The four scopes a lane belongs to, narrowest first. Use under the platform's mutex.
[[nodiscard]] std::array<ScopeState*, 4> scopes_of(const RouteIndex::Model& model,
                                                   const RouteIndex::Lane& lane);
[[nodiscard]] ScopeState& scope_of(const RouteIndex::Model& model, const RouteIndex::Lane& lane,
                                   chat::Scope scope);
/// `candidate` with everything outside `scope` blanked.
[[nodiscard]] Candidate narrowed(Candidate candidate, chat::Scope scope);

/// Cooldowns and quota of one lane; a refusal names the reason that lasts longest, so that free_at
/// is the instant at which everything admits the request. Use under the platform's mutex.
[[nodiscard]] LaneVerdict judge_lane(const RouteIndex& index, const RouteIndex::Model& model,
                                     const RouteIndex::Lane& lane, const QuotaNeed& need, Now now);

// decide.cpp
void build_order(PlannerState& state, Now now);
[[nodiscard]] std::optional<Attempt> choose(PlannerState& state, Now now);
// conclude.cpp
void conclude_failure(PlannerState& state, const chat::UpstreamFailure& failure,
                      AttemptTimings timings, Now now);
void conclude_success(PlannerState& state, const chat::Usage& usage, AttemptTimings timings,
                      Now now);
void conclude_client_gone(PlannerState& state, Now now);
void abandon(PlannerState& state) noexcept;
// refusal.cpp
[[nodiscard]] GiveUp refuse(PlannerState& state, Now now);
/// Earliest instant at which a candidate of this request admits it; max() when none ever will.
struct Earliest {
  SteadyTime at = SteadyTime::max();
  Place place;
};
[[nodiscard]] Earliest earliest_of(const PlannerState& state);

}  // namespace freellm::routing::detail
