#pragma once
// Cooldown: a hard exclusion of one scope (a lane, a key, a model, a platform) until an instant,
// with its cause.
//
// A cooldown never shortens a longer one. When it is over the scope is half-open: one request
// probes it, and its success closes the matter, its failure starts the next, longer cooldown. Not
// thread-safe: lives under its platform's mutex.

#include <cstdint>
#include <optional>
#include <string>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/routing/journal.hpp"

namespace freellm::routing {

class Cooldown {
 public:
  enum class Phase : std::uint8_t {
    clear,
    active,     ///< excluded
    half_open,  ///< over; the next request is the probe
    probing,    ///< a probe is under way
  };

  [[nodiscard]] Phase phase(SteadyTime now) const {
    if (!pending_) return Phase::clear;
    if (now < until_) return Phase::active;
    return probe_until_ > now ? Phase::probing : Phase::half_open;
  }

  /// Excludes the scope for `length`, unless it already is for longer.
  void start(const chat::UpstreamFailure& failure, Millis length, bool stated, Now now);
  /// As read back from the journal. Never lasts longer than it was meant to, whatever the wall
  /// clock has done since.
  void restore(const CooldownEntry& entry, Now now);
  void begin_probe(SteadyTime now);
  /// The probe ended without saying anything about the provider.
  void abandon_probe() { probe_until_ = SteadyTime::min(); }
  /// A request that began at `began` was served. Ends what was known before it began; true when
  /// there was something to end.
  bool on_success(SteadyTime began);
  void clear() { *this = Cooldown{}; }

  /// Counts one more failure of this kind; the number of them in a row (without a success, each
  /// within an hour of the one before). Time-outs and faults climb a ladder of their own.
  int strike(chat::FailureClass cause, SteadyTime now);

  [[nodiscard]] SteadyTime until() const { return until_; }
  [[nodiscard]] chat::FailureClass cause() const { return cause_; }
  [[nodiscard]] bool stated() const { return stated_; }
  /// Our own guess about something that may have passed: worth a try when nothing else is left. A
  /// guess about a rate limit is overridden a few times only, then once in ten seconds, lest we
  /// storm whoever is really exhausted. What a provider stated, and what only a person can mend, is
  /// never soft.
  [[nodiscard]] bool is_soft(SteadyTime now) const;
  /// When time alone will make is_soft() true; max() when it is already or never will be.
  [[nodiscard]] SteadyTime softens_at(SteadyTime now) const;
  /// A last-resort attempt overrides it.
  void override_once(SteadyTime now);
  [[nodiscard]] WallTime since_wall() const { return since_wall_; }
  [[nodiscard]] WallTime until_wall() const { return until_wall_; }
  [[nodiscard]] int strikes() const { return quota_strikes_ + fault_strikes_; }
  [[nodiscard]] int quota_strikes() const { return quota_strikes_; }
  [[nodiscard]] int fault_strikes() const { return fault_strikes_; }
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  static constexpr double kOverrides = 6;
  [[nodiscard]] double overrides_left(SteadyTime now) const;

  SteadyTime since_ = SteadyTime::min();
  SteadyTime until_ = SteadyTime::min();
  SteadyTime probe_until_ = SteadyTime::min();
  SteadyTime last_strike_ = SteadyTime::min();
  WallTime since_wall_{};
  WallTime until_wall_{};
  std::string message_;
  chat::FailureClass cause_ = chat::FailureClass::rate_limited;
  bool stated_ = false;
  bool pending_ = false;  ///< active or half-open
  int quota_strikes_ = 0;
  int fault_strikes_ = 0;
  double overrides_left_ = kOverrides;
  SteadyTime overridden_at_ = SteadyTime::min();
};

/// How long a failure benches its scope. nullopt = not at all.
struct CooldownPlan {
  Millis length{};
  bool stated = false;  ///< by the provider, or by the calendar of a limit it named
};

/// `strikes` >= 1 as counted by Cooldown::strike. `day_end` is when a configured calendar day of
/// this candidate starts over, if it has one.
[[nodiscard]] std::optional<CooldownPlan> plan_cooldown(const chat::UpstreamFailure& failure,
                                                        int strikes,
                                                        std::optional<WallTime> day_end, Now now);

}  // namespace freellm::routing
