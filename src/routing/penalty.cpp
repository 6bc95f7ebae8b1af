#include "freellm/routing/penalty.hpp"

#include <algorithm>

#include "mutation.hpp"

namespace freellm::routing {
namespace {

/// The steady clock may start at boot, and a hit read back from the journal lie before that.
constexpr std::int64_t kBias = std::int64_t{1} << 40;  // 34 years

std::uint64_t to_ms(SteadyTime at) {
  const auto since = std::chrono::duration_cast<Millis>(at.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, since + kBias));
}

SteadyTime from_ms(std::uint64_t ms) {
  return SteadyTime{Millis{static_cast<std::int64_t>(ms) - kBias}};
}

}  // namespace

int Penalty::decayed(std::uint64_t word, SteadyTime now, Millis decay) {
  const auto points = static_cast<std::int64_t>(word & ((1U << kPointBits) - 1));
  if (MUTATED(never_decay)) return static_cast<int>(points);
  const auto hit_ms = word >> kPointBits;
  const auto now_ms = to_ms(now);
  if (decay.count() <= 0 || now_ms <= hit_ms) return static_cast<int>(points);
  const auto periods = static_cast<std::int64_t>(now_ms - hit_ms) / decay.count();
  return static_cast<int>(std::max<std::int64_t>(0, points - periods));
}

void Penalty::hit(int added, int max, SteadyTime now, Millis decay) {
  const int capped = std::clamp(points(now, decay) + added, 0, std::min(max, 255));
  store(capped, to_ms(now));
}

void Penalty::restore(int points, int max, SteadyTime hit) {
  store(std::clamp(points, 0, std::min(max, 255)), to_ms(hit));
}

Penalty::Base Penalty::base() const {
  const auto word = word_.load(std::memory_order_relaxed);
  return {static_cast<int>(word & ((1U << kPointBits) - 1)), from_ms(word >> kPointBits)};
}

void Penalty::success(SteadyTime now, Millis decay) {
  const auto word = word_.load(std::memory_order_relaxed);
  if (word == 0) return;
  const int base = static_cast<int>(word & ((1U << kPointBits) - 1));
  // The stored points are those at the hit: taking one off there takes one off at every later
  // instant.
  store(decayed(word, now, decay) <= 1 ? 0 : base - 1, word >> kPointBits);
}

SteadyTime Penalty::gone_at(SteadyTime now, Millis decay) const {
  const auto word = word_.load(std::memory_order_relaxed);
  if (word == 0 || decayed(word, now, decay) == 0) return now;
  const auto points = static_cast<std::int64_t>(word & ((1U << kPointBits) - 1));
  return from_ms(word >> kPointBits) + decay * points;
}

}  // namespace freellm::routing
