// Cooldowns and quota of one lane, and small walks over its scopes.
#include <algorithm>

#include "planner_state.hpp"

namespace freellm::routing::detail {

using namespace std::chrono_literals;

std::array<ScopeState*, 4> scopes_of(const RouteIndex::Model& model, const RouteIndex::Lane& lane) {
  return {lane.state, model.state, lane.key_state, model.home};
}

ScopeState& scope_of(const RouteIndex::Model& model, const RouteIndex::Lane& lane,
                     chat::Scope scope) {
  switch (scope) {
    case chat::Scope::model:
      return *model.state;
    case chat::Scope::key:
      return *lane.key_state;
    case chat::Scope::platform:
      return *model.home;
    default:
      return *lane.state;
  }
}

Candidate narrowed(Candidate candidate, chat::Scope scope) {
  if (scope == chat::Scope::model || scope == chat::Scope::platform) candidate.key = {};
  if (scope == chat::Scope::key || scope == chat::Scope::platform) candidate.model = {};
  return candidate;
}

namespace {

constexpr std::array kScopeNames = {chat::Scope::model_key, chat::Scope::model, chat::Scope::key,
                                    chat::Scope::platform};

struct Bench {
  const Cooldown* cooldown = nullptr;  ///< the active one that lasts longest
  chat::Scope scope = chat::Scope::model_key;
  bool is_soft = true;  ///< every active one is
  bool is_probing = false;
  chat::FailureClass probed = chat::FailureClass::provider_error;
};

Bench bench_of(const RouteIndex::Model& model, const RouteIndex::Lane& lane, SteadyTime now) {
  Bench bench;
  const auto scopes = scopes_of(model, lane);
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    const Cooldown& cooldown = scopes[i]->cooldown;
    const auto phase = cooldown.phase(now);
    if (phase == Cooldown::Phase::probing) {
      bench.is_probing = true;
      bench.probed = cooldown.cause();
    }
    if (phase != Cooldown::Phase::active) continue;
    bench.is_soft = bench.is_soft && cooldown.is_soft(now);
    if (bench.cooldown != nullptr && cooldown.until() <= bench.cooldown->until()) continue;
    bench.cooldown = &cooldown;
    bench.scope = kScopeNames[i];
  }
  return bench;
}

}  // namespace

LaneVerdict judge_lane(const RouteIndex& index, const RouteIndex::Model& model,
                       const RouteIndex::Lane& lane, const QuotaNeed& need, Now now,
                       Detail detail) {
  LaneVerdict out;
  const Bench bench = bench_of(model, lane, now.steady);
  const LaneQuota quota = index.quota(model, lane);
  const QuotaCheck check = check_quota(quota, need, now);
  out.headroom = check.headroom;
  if (!check.admitted) {
    out.verdict = detail == Detail::full ? explain_quota(quota, need, now)
                                         : explain_limit(check.blocked_by, need, now);
  } else {
    out.verdict.kind = VerdictKind::admitted;
    out.verdict.free_at = now.steady;
  }
  if (bench.cooldown != nullptr) {
    const bool longer = bench.cooldown->until() > out.verdict.free_at;
    out.is_soft = check.admitted && bench.is_soft;
    // Our own guess does not keep anybody waiting: once quota is free the lane serves as a last
    // resort.
    if (bench.is_soft && !check.admitted) return out;
    if (longer) {
      const auto free_at = bench.cooldown->until();
      out.verdict = {.kind = VerdictKind::cooling_down,
                     .cause = bench.cooldown->cause(),
                     .scope = bench.scope,
                     .stated = bench.cooldown->stated(),
                     .free_at = free_at};
    }
    return out;
  }
  if (bench.is_probing && check.admitted) {
    out.is_soft = true;
    out.verdict = {.kind = VerdictKind::probing,
                   .cause = bench.probed,
                   .certain = false,
                   .free_at = now.steady + 1s};
  }
  return out;
}

}  // namespace freellm::routing::detail
