#pragma once
// A simulated day: clients, a router, and platforms that enforce their own limits, all on simulated
// time.
//
// One seed makes one world (platforms, keys, models, limits, hidden limits), one day of traffic in
// bursts and lulls, and its mishaps: slow connects, refusals, breakdowns, stalls, clients that
// leave, a killed process, a clock that is set back. The report counts what happened and every
// breach of an invariant.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace freellm::sim {

enum class Invariant {
  no_overrun,  ///< no platform sees a request, token or concurrent request beyond a configured
               ///< limit
  no_false_refusal,    ///< a refused request could indeed not have been served
  right_retry_after,   ///< neither before a candidate is free, nor needlessly long after
  top_route_returns,   ///< after a lull without trouble the first usable route of the order serves
  stated_times_hold,   ///< nothing is sent before a time the provider stated
  client_fault_shown,  ///< a malformed request gets its 400 and no route suffers
};
inline constexpr int kInvariants = 6;
[[nodiscard]] const char* name_of(Invariant invariant);

struct Report {
  int requests = 0;
  int served = 0;
  int refused = 0;
  int refused_checked_exactly = 0;  ///< refusals whose Retry-After was compared with the truth
  int client_faults = 0;
  int client_left = 0;
  int attempts = 0;
  int failed_attempts = 0;
  int restarts = 0;
  int lulls_checked = 0;
  std::array<int, kInvariants> breaches{};
  std::vector<std::string> first_breaches;  ///< the first few, in words

  [[nodiscard]] int total_breaches() const;
  void merge(const Report& other);
};

/// Runs the whole day of `seed`.
[[nodiscard]] Report simulate_day(std::uint64_t seed);

}  // namespace freellm::sim
