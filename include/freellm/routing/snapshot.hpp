#pragma once
// What /api/quotas shows: every counter, limit, penalty and cooldown at one instant, as plain
// values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "freellm/catalog/types.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing {

/// Which state a row belongs to; ids outside the scope are 0.
struct ScopeId {
  chat::Scope scope = chat::Scope::model_key;
  Candidate candidate;
  bool operator==(const ScopeId&) const = default;
};

struct CounterRow {
  ScopeId of;
  chat::LimitMetric metric = chat::LimitMetric::requests;
  chat::LimitWindow window = chat::LimitWindow::minute;
  catalog::DayReset reset = catalog::DayReset::sliding;
  std::int64_t used = 0;
  std::optional<std::int64_t> configured;  ///< smallest limit of the newest index
  std::optional<std::int64_t> learned;     ///< stated by the provider, tighter or the only one
  std::optional<WallTime> learned_at;
  std::optional<std::int64_t>
      stated_left;  ///< the provider's last word on what is left, less what we used since
  std::optional<WallTime> stated_until;
  std::optional<WallTime>
      next_free;  ///< when there will be more room than now; null when nothing is used
};

struct CooldownRow {
  ScopeId of;
  chat::FailureClass cause = chat::FailureClass::rate_limited;
  bool stated = false;     ///< by the provider; else our own guess
  bool half_open = false;  ///< over, waiting for the first success
  WallTime since{};
  WallTime until{};
  int strikes = 0;
  std::string message;
};

struct ModelRow {
  PlatformId platform;
  ModelId model;
  int penalty = 0;
  std::optional<WallTime> penalty_gone;  ///< when the last point will have decayed
  double success_rate = 0;
  double tokens_per_second = 0;  ///< 0 = not measured
  double first_token_ms = 0;     ///< 0 = not measured
  std::uint64_t samples = 0;
};

struct QuotaSnapshot {
  WallTime at{};
  std::vector<CounterRow> counters;
  std::vector<CooldownRow> cooldowns;
  std::vector<ModelRow> models;
  int waiting = 0;  ///< requests waiting for a slot
  std::size_t sticky_sessions = 0;
};

/// What to forget by hand. Counters of our own use are facts and stay.
enum class ClearWhat : std::uint8_t { cooldown, penalty, learned, everything };

/// GET /v1/availability: one line per candidate plus the earliest.
struct CandidateAvailability {
  Candidate candidate;
  Verdict verdict;
  std::string reason;
};
struct Availability {
  bool known = false;  ///< the selector means something
  bool now = false;
  std::optional<WallTime> at;  ///< earliest instant; nullopt = never with what is configured
  std::vector<CandidateAvailability> candidates;
};

}  // namespace freellm::routing
