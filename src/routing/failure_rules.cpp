#include "freellm/routing/failure_rules.hpp"

#include <array>

namespace freellm::routing {
namespace {

using chat::FailureClass;

struct Row {
  FailureClass failure;
  FailureRule rule;
};

// In the order of the enum, which the loop below checks at compile time.
constexpr std::array kRows = {
    Row{FailureClass::bad_key, {RuleOut::key, Ladder::key, Blame::upstream, 0, false}},
    Row{FailureClass::not_on_tier, {RuleOut::model, Ladder::standing, Blame::upstream, 0, false}},
    Row{FailureClass::content_policy,
        {RuleOut::everything, Ladder::none, Blame::content, 0, false}},
    Row{FailureClass::blocked_host,
        {RuleOut::platform, Ladder::blocked, Blame::upstream, 0, false}},
    Row{FailureClass::out_of_credit, {RuleOut::key, Ladder::standing, Blame::rate, 0, false}},
    Row{FailureClass::daily_quota, {RuleOut::by_scope, Ladder::day, Blame::rate, 0, false}},
    Row{FailureClass::monthly_quota, {RuleOut::by_scope, Ladder::month, Blame::rate, 0, false}},
    Row{FailureClass::no_quota, {RuleOut::model, Ladder::standing, Blame::rate, 0, false}},
    Row{FailureClass::rate_limited, {RuleOut::by_scope, Ladder::rate, Blame::rate, 0, false}},
    // Shared capacity: the next key meets the same crowd.
    Row{FailureClass::provider_busy, {RuleOut::model, Ladder::busy, Blame::rate, 0, false}},
    Row{FailureClass::too_large, {RuleOut::smaller_models, Ladder::none, Blame::size, 0, false}},
    Row{FailureClass::model_missing, {RuleOut::model, Ladder::standing, Blame::upstream, 0, false}},
    Row{FailureClass::account_setting,
        {RuleOut::model, Ladder::standing, Blame::upstream, 0, false}},
    Row{FailureClass::model_slip, {RuleOut::model, Ladder::none, Blame::upstream, 0, false}},
    Row{FailureClass::provider_sick, {RuleOut::model, Ladder::blocked, Blame::upstream, 0, false}},
    Row{FailureClass::bad_request, {RuleOut::platform, Ladder::none, Blame::client, 0, false}},
    Row{FailureClass::provider_error, {RuleOut::platform, Ladder::fault, Blame::upstream, 0, true}},
    Row{FailureClass::connect_failed, {RuleOut::platform, Ladder::fault, Blame::upstream, 0, true}},
    Row{FailureClass::timed_out, {RuleOut::platform, Ladder::slow, Blame::timeout, 0, false}},
    Row{FailureClass::dead_turn, {RuleOut::model, Ladder::none, Blame::upstream, 1, false}},
    Row{FailureClass::client_gone, {RuleOut::everything, Ladder::none, Blame::nobody, 0, false}},
};

consteval bool in_enum_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].failure) != i) return false;
  }
  return true;
}
static_assert(in_enum_order());
static_assert(kRows.size() == static_cast<std::size_t>(FailureClass::client_gone) + 1);

}  // namespace

const FailureRule& rule_for(FailureClass failure) {
  return kRows[static_cast<std::size_t>(failure)].rule;
}

}  // namespace freellm::routing
