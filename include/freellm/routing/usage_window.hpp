#pragma once
// UsageWindow: how much of one limit is used now, and when enough of it comes free.
//
// Three kinds. Sliding windows count in slots (1/120 of a minute or hour, 5 minutes of a day) and
// let a slot go only when its youngest possible unit has left the window, so they may be late by
// one slot and never early. Calendar windows start over at a zone's midnight or at the first of the
// month, by the wall clock; a clock that steps back finds the old period's count again. In-flight
// counts running requests.
//
// A unit is stamped with the *latest* instant at which the provider may have counted it. Not
// thread-safe: lives under its platform's mutex. Constant memory per window, whatever the traffic.

#include <cstdint>
#include <variant>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/types.hpp"

namespace freellm::routing {

class SlidingUsage {
 public:
  explicit SlidingUsage(std::chrono::nanoseconds window);
  [[nodiscard]] std::int64_t used(SteadyTime now);
  void add(SteadyTime stamp, std::int64_t amount, SteadyTime now);
  void remove(SteadyTime stamp, std::int64_t amount, SteadyTime now);
  /// When at least `units` of what is counted now will have left; max() when there are not that
  /// many.
  [[nodiscard]] SteadyTime frees(std::int64_t units, SteadyTime now);

 private:
  [[nodiscard]] std::int64_t slot_of(SteadyTime at) const;
  void advance(SteadyTime now);
  void allocate(SteadyTime now);

  std::int64_t window_ns_;
  std::int64_t slot_ns_;
  std::size_t size_;                ///< power of two
  std::vector<std::int64_t> ring_;  ///< by absolute slot number; empty until first used
  std::int64_t first_ = 0;          ///< oldest slot that still counts
  std::int64_t oldest_ = 0;         ///< no slot before this one holds anything
  std::int64_t total_ = 0;
};

class CalendarUsage {
 public:
  CalendarUsage(chat::LimitWindow window, catalog::DayReset reset)
      : window_(window), reset_(reset) {}
  [[nodiscard]] std::int64_t used(WallTime now);
  void add(WallTime stamp, std::int64_t amount, WallTime now);
  void remove(WallTime stamp, std::int64_t amount, WallTime now);
  [[nodiscard]] WallTime frees(std::int64_t units, WallTime now);
  [[nodiscard]] WallTime period_end(WallTime now);

 private:
  void advance(WallTime now);

  chat::LimitWindow window_;
  catalog::DayReset reset_;
  WallTime start_ = WallTime::min();  ///< of the current period
  WallTime end_ = WallTime::min();
  WallTime previous_start_ = WallTime::min();
  std::int64_t previous_ = 0;  ///< stamped in the period before
  std::int64_t current_ = 0;   ///< stamped since start_, the next period's units included
  std::int64_t next_ = 0;      ///< of those, stamped at or after end_
};

class InFlightUsage {
 public:
  explicit InFlightUsage(std::chrono::nanoseconds max_age) : max_age_(max_age) {}
  [[nodiscard]] std::int64_t used(SteadyTime now);
  void add(SteadyTime booked) { booked_.push_back(booked); }
  void remove(SteadyTime booked);
  /// When the oldest running request will be taken for lost, at the latest.
  [[nodiscard]] SteadyTime oldest_gone() const;

 private:
  std::chrono::nanoseconds max_age_;
  std::vector<SteadyTime> booked_;  ///< ascending; as long as the limit at most
};

class UsageWindow {
 public:
  UsageWindow(chat::LimitMetric metric, chat::LimitWindow window, catalog::DayReset reset,
              std::chrono::nanoseconds max_lease_age);

  [[nodiscard]] std::int64_t used(Now now);
  /// Units booked at `booked` and counted by the provider at `stamp` at the latest.
  void add(Now booked, Now stamp, std::int64_t amount, Now now);
  void remove(Now booked, Now stamp, std::int64_t amount, Now now);
  /// When `units` of what is used will be free again, other things equal; max() = not foreseeable.
  [[nodiscard]] SteadyTime frees(std::int64_t units, Now now);
  [[nodiscard]] bool is_in_flight() const { return std::holds_alternative<InFlightUsage>(usage_); }
  [[nodiscard]] std::chrono::nanoseconds length() const;
  /// When the whole window will certainly have started over.
  [[nodiscard]] SteadyTime resets_by(Now now);

 private:
  chat::LimitWindow window_;
  std::variant<SlidingUsage, CalendarUsage, InFlightUsage> usage_;
};

}  // namespace freellm::routing
