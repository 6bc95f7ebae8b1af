#include "freellm/routing/usage_window.hpp"

#include <gtest/gtest.h>

#include <map>

#include "freellm/base/random.hpp"

namespace freellm::routing {
namespace {

using namespace std::chrono_literals;
using catalog::DayReset;
using chat::LimitMetric;
using chat::LimitWindow;

constexpr WallTime kNoon = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h;

UsageWindow window(LimitWindow length, DayReset reset = DayReset::sliding) {
  return UsageWindow{LimitMetric::requests, length, reset, 1h};
}

TEST(UsageWindow, AUnitLeavesASlidingMinuteNoEarlierThanAMinuteLater) {
  ManualClock clock{kNoon};
  auto minute = window(LimitWindow::minute);
  minute.add(clock.now(), clock.now(), 1, clock.now());

  clock.advance(60s - 1ns);
  EXPECT_EQ(minute.used(clock.now()), 1);
  clock.advance(501ms);
  EXPECT_EQ(minute.used(clock.now()), 0);
}

TEST(UsageWindow, FreesTellsTheExactInstant) {
  ManualClock clock{kNoon};
  auto minute = window(LimitWindow::minute);
  for (const auto step : {0ms, 7'130ms, 11'000ms}) {
    clock.advance(step);
    minute.add(clock.now(), clock.now(), 2, clock.now());
  }

  const auto at = minute.frees(3, clock.now());

  clock.advance(at - clock.now().steady - 1ns);
  EXPECT_EQ(minute.used(clock.now()), 4);
  clock.advance(1ns);
  EXPECT_EQ(minute.used(clock.now()), 2);
}

TEST(UsageWindow, FreesIsNeverWhenNotThatMuchIsUsed) {
  ManualClock clock{kNoon};
  auto minute = window(LimitWindow::minute);
  minute.add(clock.now(), clock.now(), 2, clock.now());

  EXPECT_EQ(minute.frees(3, clock.now()), SteadyTime::max());
}

TEST(UsageWindow, RemovingABookingGivesItBack) {
  ManualClock clock{kNoon};
  auto minute = window(LimitWindow::minute);
  const auto booked = clock.now();
  minute.add(booked, booked, 5, booked);
  clock.advance(20s);

  minute.remove(booked, booked, 5, clock.now());

  EXPECT_EQ(minute.used(clock.now()), 0);
}

TEST(UsageWindow, RemovingWhatHasLeftChangesNothing) {
  ManualClock clock{kNoon};
  auto minute = window(LimitWindow::minute);
  const auto old = clock.now();
  minute.add(old, old, 5, old);
  clock.advance(61s);
  minute.add(clock.now(), clock.now(), 1, clock.now());

  minute.remove(old, old, 5, clock.now());

  EXPECT_EQ(minute.used(clock.now()), 1);
}

TEST(UsageWindow, ASlidingWindowMatchesAListOfInstants) {
  for (const auto length :
       {LimitWindow::second, LimitWindow::minute, LimitWindow::hour, LimitWindow::day}) {
    const std::map<LimitWindow, std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>>
        sizes = {{LimitWindow::second, {1s, 50ms}},
                 {LimitWindow::minute, {60s, 500ms}},
                 {LimitWindow::hour, {1h, 30s}},
                 {LimitWindow::day, {24h, 5min}}};
    const auto [whole, slot] = sizes.at(length);
    SeededRandom random{static_cast<std::uint64_t>(length)};
    ManualClock clock{kNoon};
    auto sliding = window(length);
    std::vector<SteadyTime> list;
    for (int i = 0; i < 4000; ++i) {
      clock.advance(
          std::chrono::nanoseconds{static_cast<std::int64_t>(random.below(whole.count() / 40))});
      sliding.add(clock.now(), clock.now(), 1, clock.now());
      list.push_back(clock.now().steady);
      const auto now = clock.now().steady;
      const auto in_window =
          std::count_if(list.begin(), list.end(), [&](auto at) { return at > now - whole; });
      const auto with_slot =
          std::count_if(list.begin(), list.end(), [&](auto at) { return at > now - whole - slot; });
      const auto used = sliding.used(clock.now());
      ASSERT_GE(used, in_window) << "would let a provider see too much";
      ASSERT_LE(used, with_slot) << "holds on for longer than a slot";
    }
  }
}

TEST(UsageWindow, TheUtcDayStartsOverAtMidnight) {
  ManualClock clock{kNoon};
  auto day = window(LimitWindow::day, DayReset::utc);
  day.add(clock.now(), clock.now(), 3, clock.now());

  EXPECT_EQ(day.frees(1, clock.now()) - clock.now().steady, 12h);
  clock.advance(12h - 1ns);
  EXPECT_EQ(day.used(clock.now()), 3);
  clock.advance(1ns);
  EXPECT_EQ(day.used(clock.now()), 0);
}

TEST(UsageWindow, ThePacificDayEndsAtSevenUtcInSummer) {
  ManualClock clock{kNoon};
  auto day = window(LimitWindow::day, DayReset::pacific);
  day.add(clock.now(), clock.now(), 3, clock.now());

  EXPECT_EQ(day.frees(1, clock.now()) - clock.now().steady, 19h);
}

TEST(UsageWindow, TheMonthStartsOverOnTheFirst) {
  ManualClock clock{kNoon};
  auto month = window(LimitWindow::month);
  month.add(clock.now(), clock.now(), 3, clock.now());

  clock.advance(15 * 24h + 12h - 1ns);
  EXPECT_EQ(month.used(clock.now()), 3);
  clock.advance(1ns);
  EXPECT_EQ(month.used(clock.now()), 0);
}

TEST(UsageWindow, ARequestThatMayArriveAfterMidnightCountsOnBothDays) {
  ManualClock clock{kNoon + 12h - 1s};
  auto day = window(LimitWindow::day, DayReset::utc);
  auto arrives = clock.now();
  arrives.steady += 2s;
  arrives.wall += 2s;
  day.add(clock.now(), arrives, 1, clock.now());

  EXPECT_EQ(day.used(clock.now()), 1);
  clock.advance(5s);
  EXPECT_EQ(day.used(clock.now()), 1);
}

TEST(UsageWindow, AClockThatStepsBackOverMidnightFindsTheOldDaysCount) {
  ManualClock clock{kNoon};
  auto day = window(LimitWindow::day, DayReset::utc);
  day.add(clock.now(), clock.now(), 3, clock.now());
  clock.set_wall(kNoon + 13h);
  EXPECT_EQ(day.used(clock.now()), 0);

  clock.set_wall(kNoon + 1h);

  EXPECT_EQ(day.used(clock.now()), 3);
}

TEST(UsageWindow, UnitsBookedWhileTheClockIsBackStayCountedOnTheDayItCameBackTo) {
  ManualClock clock{kNoon};
  auto day = window(LimitWindow::day, DayReset::utc);
  day.add(clock.now(), clock.now(), 3, clock.now());
  clock.set_wall(kNoon + 13h);
  static_cast<void>(day.used(clock.now()));
  clock.set_wall(kNoon + 1h);
  day.add(clock.now(), clock.now(), 2, clock.now());

  EXPECT_EQ(day.used(clock.now()), 5);
}

TEST(UsageWindow, InFlightCountsRunningRequestsUntilTheyEnd) {
  ManualClock clock{kNoon};
  UsageWindow running{LimitMetric::concurrency, LimitWindow::minute, DayReset::sliding, 1h};
  const auto first = clock.now();
  running.add(first, first, 1, first);
  clock.advance(10min);
  const auto second = clock.now();
  running.add(second, second, 1, second);
  EXPECT_EQ(running.used(clock.now()), 2);

  running.remove(first, first, 1, clock.now());

  EXPECT_EQ(running.used(clock.now()), 1);
}

TEST(UsageWindow, ASlotWhoseOwnerVanishedAgesOut) {
  ManualClock clock{kNoon};
  UsageWindow running{LimitMetric::concurrency, LimitWindow::minute, DayReset::sliding, 1h};
  running.add(clock.now(), clock.now(), 1, clock.now());

  clock.advance(1h - 1ns);
  EXPECT_EQ(running.used(clock.now()), 1);
  clock.advance(1ns);
  EXPECT_EQ(running.used(clock.now()), 0);
}

}  // namespace
}  // namespace freellm::routing
