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
  SteadyTime holds_until = SteadyTime::max();  ///< then time alone may change any of this
};

Bench bench_of(const RouteIndex::Model& model, const RouteIndex::Lane& lane, SteadyTime now) {
  Bench bench;
  const auto scopes = scopes_of(model, lane);
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    const Cooldown& cooldown = scopes[i]->cooldown;
    const auto phase = cooldown.phase(now);
    if (phase == Cooldown::Phase::clear) continue;
    if (phase == Cooldown::Phase::probing) {
      bench.is_probing = true;
      bench.probed = cooldown.cause();
      bench.holds_until = now;
    }
    if (phase != Cooldown::Phase::active) continue;
    bench.is_soft = bench.is_soft && cooldown.is_soft(now);
    bench.holds_until = std::min({bench.holds_until, cooldown.until(), cooldown.softens_at(now)});
    if (bench.cooldown != nullptr && cooldown.until() <= bench.cooldown->until()) continue;
    bench.cooldown = &cooldown;
    bench.scope = kScopeNames[i];
  }
  return bench;
}

/// Puts what the cooldowns say over what quota says.
void apply(const Bench& bench, bool is_admitted, Now now, LaneVerdict& out) {
  if (bench.cooldown != nullptr) {
    out.is_soft = is_admitted && bench.is_soft;
    // Our own guess does not keep anybody waiting: once quota is free the lane serves as a last
    // resort.
    if (bench.is_soft && !is_admitted) return;
    if (bench.cooldown->until() <= out.verdict.free_at) return;
    out.verdict = {.kind = VerdictKind::cooling_down,
                   .cause = bench.cooldown->cause(),
                   .scope = bench.scope,
                   .stated = bench.cooldown->stated(),
                   .free_at = bench.cooldown->until()};
  } else if (bench.is_probing && is_admitted) {
    out.is_soft = true;
    out.verdict = {.kind = VerdictKind::probing,
                   .cause = bench.probed,
                   .certain = false,
                   .free_at = now.steady + 1s};
  }
}

}  // namespace

LaneVerdict judge_lane(const RouteIndex& index, const RouteIndex::Model& model,
                       const RouteIndex::Lane& lane, const QuotaNeed& need, Now now) {
  RememberedRefusal& known = lane.refusal;
  if (known.holds(model.home->revision, need, now)) return known.verdict;
  LaneVerdict out;
  const Bench bench = bench_of(model, lane, now.steady);
  const LaneQuota quota = index.quota(model, lane);
  const QuotaCheck check = check_quota(quota, need, now);
  out.headroom = check.headroom;
  const bool is_benched = bench.cooldown != nullptr || bench.is_probing;
  if (check.admitted && !is_benched) {
    out.verdict.kind = VerdictKind::admitted;
    out.verdict.free_at = now.steady;
    return out;
  }
  const QuotaReason reason = explain_quota(quota, need, now);
  out.verdict = reason.verdict;
  apply(bench, check.admitted, now, out);
  known = {.verdict = out,
           .revision = model.home->revision,
           .until = std::min(reason.holds_until, bench.holds_until),
           .offset = RememberedRefusal::offset_of(now),
           .prompt_tokens = need.prompt_tokens,
           .output_tokens = need.output_tokens,
           .token_room = reason.token_room};
  return out;
}

}  // namespace freellm::routing::detail
