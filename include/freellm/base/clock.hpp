#pragma once
// Time as a value. Pure code takes `Now`; only the edge asks a Clock.

#include <chrono>

namespace freellm {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;
using Millis = std::chrono::milliseconds;

/// One instant on both clocks: steady for intervals (windows, cooldowns, deadlines), wall for
/// calendar days, persistence and what people read.
struct Now {
  SteadyTime steady;
  WallTime wall;
};

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Now now() const = 0;
};

/// Looks at the wall clock once a millisecond and counts on by the steady one: every event of a
/// stream asks, and the system's two answers would cost twice as much.
class RealClock final : public Clock {
 public:
  [[nodiscard]] Now now() const override;
};

/// For tests: stands still until told. Not thread-safe.
class ManualClock final : public Clock {
 public:
  /// Starts at `wall`; steady time starts at an arbitrary fixed point.
  explicit ManualClock(WallTime wall = WallTime{std::chrono::seconds{1'760'000'000}})
      : now_{SteadyTime{std::chrono::hours{1000}}, wall} {}
  [[nodiscard]] Now now() const override { return now_; }
  template <class Duration>
  void advance(Duration by) {
    now_.steady += std::chrono::duration_cast<SteadyTime::duration>(by);
    now_.wall += std::chrono::duration_cast<WallTime::duration>(by);
  }
  /// Moves the wall clock alone, as an operator or NTP would.
  void set_wall(WallTime wall) { now_.wall = wall; }

 private:
  Now now_;
};

}  // namespace freellm
