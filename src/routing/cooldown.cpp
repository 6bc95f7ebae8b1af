#include "freellm/routing/cooldown.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "freellm/routing/failure_rules.hpp"
#include "freellm/routing/time_zone.hpp"
#include "mutation.hpp"

namespace freellm::routing {
namespace {

using namespace std::chrono_literals;
using chat::FailureClass;

// A probe that says nothing for this long is taken for lost; the next request may probe again.
constexpr auto kProbeLife = 60s;
constexpr auto kStrikeMemory = 1h;
constexpr double kSecondsPerOverride = 10;
constexpr Millis kLongestStated = 24h;
constexpr Millis kLongestStatedMonth = 24h * 31;
constexpr Millis kShortest = 1s;
// From the third refusal in a row on, a provider's own times have proved too short.
constexpr int kTrustedStrikes = 2;

bool is_fault(FailureClass cause) {
  const Ladder ladder = rule_for(cause).ladder;
  return ladder == Ladder::fault || ladder == Ladder::slow || ladder == Ladder::blocked;
}

Millis rung(std::span<const Millis> ladder, int strikes) {
  const auto last = static_cast<int>(ladder.size()) - 1;
  return ladder[static_cast<std::size_t>(std::clamp(strikes - 1, 0, last))];
}

Millis guess(Ladder ladder, int strikes) {
  static constexpr std::array<Millis, 3> kRate = {90s, 2min, 10min};
  static constexpr std::array<Millis, 3> kSlow = {30s, 60s, 90s};
  static constexpr std::array<Millis, 6> kFault = {30s, 60s, 2min, 4min, 8min, 10min};
  static constexpr std::array<Millis, 2> kBlocked = {5min, 10min};
  static constexpr std::array<Millis, 4> kStanding = {10min, 1h, 6h, 24h};
  switch (ladder) {
    case Ladder::rate:
    case Ladder::key:
      return rung(kRate, strikes);
    case Ladder::busy:
    case Ladder::slow:
      return rung(kSlow, strikes);
    case Ladder::fault:
      return rung(kFault, strikes);
    case Ladder::blocked:
      return rung(kBlocked, strikes);
    case Ladder::standing:
      return rung(kStanding, strikes);
    case Ladder::day:
      return 10min;
    case Ladder::month:
      return 24h;
    case Ladder::none:
      break;
  }
  return 0ms;
}

Millis until(WallTime at, Now now) {
  return std::max(kShortest, std::chrono::ceil<Millis>(at - now.wall));
}

CooldownPlan stated_plan(const chat::UpstreamFailure& failure, Ladder ladder, int strikes) {
  const bool long_window = ladder == Ladder::day || ladder == Ladder::month;
  Millis length = std::clamp(*failure.retry_after, kShortest,
                             long_window ? kLongestStatedMonth : kLongestStated);
  if (ladder == Ladder::rate && strikes > kTrustedStrikes) {
    const int over = std::min(strikes - kTrustedStrikes, 8);
    length = std::max(length, std::min<Millis>(5s * (1 << over), 10min));
  }
  return {length, true};
}

}  // namespace

void Cooldown::start(const chat::UpstreamFailure& failure, Millis length, bool stated, Now now) {
  probe_until_ = SteadyTime::min();
  const SteadyTime until = now.steady + length;
  if (pending_ && until <= until_) return;
  until_ = until;
  until_wall_ = now.wall + length;
  since_ = now.steady;
  since_wall_ = now.wall;
  cause_ = failure.failure;
  stated_ = stated;
  message_ = failure.message.substr(0, 200);
  pending_ = true;
}

void Cooldown::restore(const CooldownEntry& entry, Now now) {
  if (entry.until <= entry.since) {
    clear();
    return;
  }
  const auto longest = std::min<WallTime::duration>(entry.until - entry.since, kLongestStatedMonth);
  const auto left =
      std::clamp<WallTime::duration>(entry.until - now.wall, WallTime::duration{0}, longest);
  if (pending_ && now.steady + left <= until_) return;
  until_ = now.steady + left;
  until_wall_ = now.wall + left;
  since_ = now.steady;
  since_wall_ = entry.since;
  cause_ = entry.cause;
  stated_ = entry.stated;
  message_ = entry.message;
  quota_strikes_ = entry.quota_strikes;
  fault_strikes_ = entry.fault_strikes;
  last_strike_ = now.steady;
  pending_ = true;
}

void Cooldown::begin_probe(SteadyTime now) { probe_until_ = now + kProbeLife; }

bool Cooldown::on_success(SteadyTime began) {
  // An answer to a request from before the cooldown says nothing about what came after.
  if (!pending_ || began < since_) return false;
  clear();
  return true;
}

int Cooldown::strike(FailureClass cause, SteadyTime now) {
  // Time on the bench is no good behaviour: the hour counts from its end.
  const SteadyTime reference = std::max(last_strike_, until_);
  if (last_strike_ != SteadyTime::min() && now > reference + kStrikeMemory) {
    quota_strikes_ = fault_strikes_ = 0;
  }
  last_strike_ = now;
  int& strikes = is_fault(cause) ? fault_strikes_ : quota_strikes_;
  return strikes = std::min(strikes + 1, 100);
}

double Cooldown::overrides_left(SteadyTime now) const {
  if (overridden_at_ == SteadyTime::min()) return overrides_left_;
  const double rested = std::chrono::duration<double>(now - overridden_at_).count();
  return std::min(kOverrides, overrides_left_ + rested / kSecondsPerOverride);
}

bool Cooldown::is_soft(SteadyTime now) const {
  if (stated_) return false;
  if (is_fault(cause_)) return true;
  const Ladder ladder = rule_for(cause_).ladder;
  return (ladder == Ladder::rate || ladder == Ladder::busy) && overrides_left(now) >= 1;
}

SteadyTime Cooldown::softens_at(SteadyTime now) const {
  const Ladder ladder = rule_for(cause_).ladder;
  const bool is_rationed = !stated_ && (ladder == Ladder::rate || ladder == Ladder::busy);
  if (!is_rationed || overrides_left(now) >= 1) return SteadyTime::max();
  const std::chrono::duration<double> rest{(1 - overrides_left_) * kSecondsPerOverride};
  return overridden_at_ + std::chrono::duration_cast<SteadyTime::duration>(rest);
}

void Cooldown::override_once(SteadyTime now) {
  overrides_left_ = overrides_left(now) - 1;
  overridden_at_ = now;
}

std::optional<CooldownPlan> plan_cooldown(const chat::UpstreamFailure& failure, int strikes,
                                          std::optional<WallTime> day_end, Now now) {
  const Ladder ladder = rule_for(failure.failure).ladder;
  if (MUTATED(bench_client_faults) && failure.failure == FailureClass::bad_request)
    return CooldownPlan{10min, true};
  if (MUTATED(cooldowns_never_end)) return CooldownPlan{10'000h, true};
  if (MUTATED(ignore_stated_times)) return CooldownPlan{1s, false};
  if (ladder == Ladder::none) return std::nullopt;
  if (failure.retry_after) return stated_plan(failure, ladder, strikes);
  if (ladder == Ladder::day && day_end) return CooldownPlan{until(*day_end, now), true};
  if (ladder == Ladder::month) {
    return CooldownPlan{std::min<Millis>(until(utc_zone().next_month_start(now.wall), now), 24h),
                        false};
  }
  if (failure.retirement) return CooldownPlan{24h, true};
  return CooldownPlan{guess(ladder, strikes), false};
}

}  // namespace freellm::routing
