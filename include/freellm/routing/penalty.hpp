#pragma once
// Penalty: soft, decaying demotion of a model. One atomic word: written under the platform's mutex,
// read without it when candidates are ordered.
//
// Points go down by one for each *full* decay period since the last hit, computed from that
// instant, so reading often or seldom makes no difference (no drift).

#include <atomic>
#include <cstdint>

#include "freellm/base/clock.hpp"

namespace freellm::routing {

class Penalty {
 public:
  [[nodiscard]] int points(SteadyTime now, Millis decay) const {
    const auto word = word_.load(std::memory_order_relaxed);
    return word == 0 ? 0 : decayed(word, now, decay);
  }
  /// Adds `points` to what is left, up to `max`; the decay starts over.
  void hit(int points, int max, SteadyTime now, Millis decay);
  /// One point less; the decay goes on from the same instant.
  void success(SteadyTime now, Millis decay);
  void clear() { word_.store(0, std::memory_order_relaxed); }
  /// As read back from the journal.
  void restore(int points, int max, SteadyTime hit);
  /// Points at the last hit, less the successes since, and that instant: what decay goes by.
  struct Base {
    int points = 0;
    SteadyTime hit{};
  };
  [[nodiscard]] Base base() const;
  /// When the last point will have decayed; `now` when there is none.
  [[nodiscard]] SteadyTime gone_at(SteadyTime now, Millis decay) const;

 private:
  static constexpr int kPointBits = 8;
  [[nodiscard]] static int decayed(std::uint64_t word, SteadyTime now, Millis decay);
  void store(int points, std::uint64_t hit_ms) {
    word_.store(points <= 0 ? 0 : hit_ms << kPointBits | static_cast<std::uint64_t>(points),
                std::memory_order_relaxed);
  }

  std::atomic<std::uint64_t> word_{0};  ///< milliseconds of the last hit << 8 | points at that time
};

}  // namespace freellm::routing
