#include "check_schedule.hpp"

#include <algorithm>

#include "freellm/base/random.hpp"

namespace freellm::server::admin {
namespace {

using catalog::KeyState;
using provider::KeyVerdict;

constexpr Millis kLongestPace{60'000};
constexpr Millis kSoonAgain{600'000};
constexpr Millis kLongestNap{60'000};
constexpr Millis kShortestNap{250};
constexpr Millis kShortestInterval{1'000};

Millis as_millis(WallTime::duration duration) {
  return std::chrono::duration_cast<Millis>(duration);
}

/// A key that was refused is asked again soon, to know whether it was that or a bad day.
WallTime due_at(const CheckSubject& subject, Millis interval, std::uint64_t seed, WallTime now) {
  const auto since = std::min(subject.since, now);  // the clock may have been set back
  const bool is_in_doubt = subject.refusals > 0 && subject.refusals < kRefusalsToCondemn;
  const Millis wait = is_in_doubt ? std::min(interval, kSoonAgain) : interval;
  const auto moment = static_cast<std::uint64_t>(as_millis(since.time_since_epoch()).count());
  SeededRandom random{seed ^ (static_cast<std::uint64_t>(subject.key.value) << 32U) ^ moment};
  const double jitter = 0.9 + 0.2 * random.uniform01();
  return since + Millis{static_cast<std::int64_t>(static_cast<double>(wait.count()) * jitter)};
}

}  // namespace

CheckPlan plan_checks(std::span<const CheckSubject> subjects,
                      const std::map<PlatformId, WallTime>& last, Millis interval,
                      std::uint64_t seed, WallTime now) {
  CheckPlan plan{.due = std::nullopt, .look_again = kLongestNap};
  if (interval <= Millis{0}) return plan;
  interval = std::max(interval, kShortestInterval);
  const Millis pace = std::min(kLongestPace, interval / 4);
  WallTime earliest = WallTime::max();
  for (const auto& subject : subjects) {
    auto due = due_at(subject, interval, seed, now);
    const auto asked = last.find(subject.platform);
    if (asked != last.end() && asked->second <= now) due = std::max(due, asked->second + pace);
    if (due >= earliest) continue;
    earliest = due;
    plan.due = subject.key;
  }
  if (earliest <= now) {
    plan.look_again = kShortestNap;  // others may be due as well
    return plan;
  }
  if (plan.due) plan.look_again = std::clamp(as_millis(earliest - now), kShortestNap, kLongestNap);
  plan.due.reset();
  return plan;
}

KeyStanding after_check(const KeyStanding& before, const proxy::ProbedKey& check, CheckKind kind) {
  if (check.verdict == KeyVerdict::valid) return {KeyState::valid, check.reason, 0};
  if (check.verdict == KeyVerdict::inconclusive) {
    // A network that is down says nothing about what the platform can tell.
    if (before.state == KeyState::unknown && !check.reached)
      return {KeyState::unknown, "cannot be reached: " + check.reason, 0};
    if (before.state == KeyState::unknown) return {KeyState::unverifiable, check.reason, 0};
    if (kind == CheckKind::periodic) return before;
    return {before.state, "could not tell this time: " + check.reason, before.refusals};
  }
  const int refusals = std::min(before.refusals + 1, 1000);
  if (kind == CheckKind::asked) return {KeyState::invalid, check.reason, refusals};
  const std::string count = std::to_string(refusals);
  if (before.state == KeyState::invalid || refusals >= kRefusalsToCondemn)
    return {KeyState::invalid, "refused " + count + " times in a row: " + check.reason, refusals};
  return {before.state,
          "refused " + count + " of " + std::to_string(kRefusalsToCondemn) +
              " times in a row before it counts as bad: " + check.reason,
          refusals};
}

}  // namespace freellm::server::admin
