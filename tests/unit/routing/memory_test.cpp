// What the router learns and what it remembers over a restart.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

World one(std::vector<Limit> limits = {}, int keys = 1) {
  World world;
  world.model(world.platform("a", {.keys = keys}), "m", {.limits = std::move(limits)});
  return world;
}

chat::LimitObservation says(LimitMetric metric, LimitWindow window,
                            std::optional<std::int64_t> limit,
                            std::optional<std::int64_t> remaining = {},
                            std::optional<Millis> resets_in = {}) {
  return {.metric = metric,
          .window = window,
          .scope = Scope::model_key,
          .limit = limit,
          .remaining = remaining,
          .resets_in = resets_in};
}

void serve_and_hear(Bench& bench, const chat::LimitObservation& said) {
  auto planner = bench.begin();
  ASSERT_TRUE(std::holds_alternative<Attempt>(planner.next(bench.clock.now())));
  planner.sent(bench.clock.now());
  planner.observed({&said, 1}, bench.clock.now());
  planner.succeeded(used(200), {}, bench.clock.now());
}

int served_at_once(Bench& bench) {
  int served = 0;
  while (served < 100 && bench.serve(Bench::ask(), 200)) ++served;
  return served;
}

TEST(LearnedLimits, TightenTheLocalView) {
  Bench bench{one({rpm(30)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 10));

  EXPECT_EQ(served_at_once(bench), 9);
}

TEST(LearnedLimits, NeverLoosenWhatIsConfigured) {
  Bench bench{one({rpm(5)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 1'000, 999));

  EXPECT_EQ(served_at_once(bench), 4);
}

TEST(LearnedLimits, ALooserWordDoesNotReplaceATighterOneForADay) {
  Bench bench{one({rpm(30)})};
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 10));
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 20));
  EXPECT_EQ(served_at_once(bench), 8);

  bench.clock.advance(25h);
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 20));

  EXPECT_EQ(served_at_once(bench), 19);
}

TEST(LearnedLimits, ApplyWhereNothingWasConfigured) {
  Bench bench{one()};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 4, 3));

  EXPECT_EQ(served_at_once(bench), 3);
}

TEST(LearnedLimits, WhatIsLeftCountsUsageWeNeverSaw) {
  Bench bench{one({rpd(100)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 7, 3h));

  EXPECT_EQ(served_at_once(bench), 7) << "another program uses the same key";
  bench.clock.advance(3h);
  EXPECT_TRUE(bench.serve());
}

TEST(LearnedLimits, RequestsUnderWayAreTakenOffWhatIsLeft) {
  Bench bench{one({rpd(100)})};
  auto running = bench.begin();
  static_cast<void>(running.next(bench.clock.now()));

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 7, 3h));

  EXPECT_EQ(served_at_once(bench), 6);
}

TEST(LearnedLimits, AnswersThatOvertakeEachOtherDoNotLoosen) {
  Bench bench{one({rpd(100)})};
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 5, 3h));

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::day, 100, 50, 3h));

  EXPECT_EQ(served_at_once(bench), 4);
}

TEST(LearnedLimits, AnErrorTextTeachesToo) {
  Bench bench{one({tpm(60'000)})};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  auto refused = failure(FailureClass::rate_limited, Scope::model_key, 429, 5s);
  refused.limits = {says(LimitMetric::tokens, LimitWindow::minute, 1'000)};
  planner.failed(refused, {}, bench.clock.now());
  bench.clock.advance(5s);

  EXPECT_EQ(served_at_once(bench), 5);
}

TEST(LearnedLimits, AZeroInAHeaderMeansNothing) {
  Bench bench{one({rpm(5)})};

  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 0));

  EXPECT_EQ(served_at_once(bench), 4);
}

TEST(LearnedLimits, AreShownWithTimeAndCanBeCleared) {
  Bench bench{one({rpm(30)})};
  serve_and_hear(bench, says(LimitMetric::requests, LimitWindow::minute, 10, 9));
  const auto row = bench.router.snapshot(*bench.index, bench.clock.now()).counters.at(0);
  EXPECT_EQ(row.configured, 30);
  EXPECT_EQ(row.learned, 10);
  EXPECT_EQ(row.learned_at, bench.clock.now().wall);
  EXPECT_EQ(row.stated_left, 9);

  bench.router.clear(row.of, ClearWhat::learned, bench.clock.now());

  EXPECT_EQ(served_at_once(bench), 29);
}

TEST(Snapshot, TellsWhenASlotWillBeFree) {
  Bench bench{one({rpd(2, DayReset::utc)})};
  served_at_once(bench);

  const auto row = bench.router.snapshot(*bench.index, bench.clock.now()).counters.at(0);

  EXPECT_EQ(row.used, 2);
  ASSERT_TRUE(row.next_free);
  EXPECT_EQ(row.next_free->time_since_epoch() % 24h, 0h);
}

/// A second life with what the first one journalled.
struct Restart {
  explicit Restart(const World& world, Bench& before, const Memory& memory, Millis down = 0ms)
      : after(world, Bench::plain_options(), nullptr, before.clock.now().wall + down) {
    after.router.replay(memory.kept, after.clock.now());
  }
  Bench after;
};

TEST(Restarts, BringBackEveryWindow) {
  const auto world = one({rpm(10), rpd(20, DayReset::utc), tpm(1'800)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  for (int i = 0; i < 6; ++i) before.serve(Bench::ask(), 200);

  Restart restart{world, before, memory, 5s};

  EXPECT_EQ(served_at_once(restart.after), 3) << "1800 tokens a minute at 200 each";
}

TEST(Restarts, LetWindowsGoOnWhereTheyWere) {
  const auto world = one({rpm(2)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  served_at_once(before);

  Restart restart{world, before, memory, 40s};
  EXPECT_FALSE(restart.after.serve());
  restart.after.clock.advance(20'500ms);

  EXPECT_TRUE(restart.after.serve());
}

TEST(Restarts, CountALeaseWithoutASettlementAsUsed) {
  const auto world = one({rpm(10), tpm(1'000)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  auto killed = before.begin(Bench::ask("auto", 500, 300));
  static_cast<void>(killed.next(before.clock.now()));

  Restart restart{world, before, memory};

  const auto counters =
      restart.after.router.snapshot(*restart.after.index, restart.after.clock.now()).counters;
  EXPECT_EQ(counters[0].used, 1);
  EXPECT_EQ(counters[1].used, 800);
}

TEST(Restarts, DoNotCountWhatWasRefunded) {
  const auto world = one({rpm(10)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  auto planner = before.begin();
  static_cast<void>(planner.next(before.clock.now()));
  planner.failed(failure(FailureClass::connect_failed, Scope::platform), {}, before.clock.now());

  Restart restart{world, before, memory};

  EXPECT_EQ(restart.after.router.snapshot(*restart.after.index, restart.after.clock.now())
                .counters[0]
                .used,
            0);
}

TEST(Restarts, KeepCooldownsAndLearnedLimits) {
  const auto world = one({rpm(30)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  serve_and_hear(before, says(LimitMetric::requests, LimitWindow::minute, 10));
  auto planner = before.begin();
  static_cast<void>(planner.next(before.clock.now()));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 6h), {}, before.clock.now());

  Restart restart{world, before, memory, 1h};

  const auto snapshot =
      restart.after.router.snapshot(*restart.after.index, restart.after.clock.now());
  ASSERT_EQ(snapshot.cooldowns.size(), 1U);
  EXPECT_EQ(snapshot.cooldowns[0].until, before.clock.now().wall + 6h);
  EXPECT_EQ(snapshot.counters[0].learned, 10);
  EXPECT_FALSE(restart.after.serve());
}

TEST(Restarts, DoNotBringBackWhatWasClearedByHand) {
  const auto world = one();
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  auto planner = before.begin();
  static_cast<void>(planner.next(before.clock.now()));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 6h), {}, before.clock.now());
  before.router.clear_all(before.clock.now());

  Restart restart{world, before, memory};

  EXPECT_TRUE(restart.after.serve());
}

TEST(Restarts, NeverReuseALeaseEvenWhenTheClockWentBack) {
  const auto world = one({rpm(100)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  before.serve();
  Memory later;
  Bench after{world, Bench::plain_options(), &later, before.clock.now().wall - 24h};
  after.router.replay(memory.kept, after.clock.now());

  after.serve();

  EXPECT_GT(later.kept.bookings[0].lease, memory.kept.bookings[0].lease);
}

TEST(Restarts, UsageFromTheFutureCountsAsNow) {
  const auto world = one({rpm(1)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  before.serve();

  Restart restart{world, before, memory, -1h};

  EXPECT_FALSE(restart.after.serve());
}

TEST(Journal, HasTheBookingBeforeTheRequestCanBeSent) {
  Memory memory;
  Bench bench{one({rpm(100)}), Bench::plain_options(), &memory};
  auto planner = bench.begin();

  static_cast<void>(planner.next(bench.clock.now()));

  ASSERT_EQ(memory.kept.bookings.size(), 1U);
  EXPECT_EQ(memory.kept.bookings[0].tokens, 200);
  EXPECT_TRUE(memory.kept.settlements.empty());
}

/// A journal that is slow over the first cooldown, and gives `meanwhile` the time it can have.
class SlowJournal final : public LedgerJournal {
 public:
  void on_booking(const BookingEntry&) override {}
  void on_settlement(const SettlementEntry&) override {}
  void on_learned(const LearnedEntry&) override {}
  void on_penalty(const PenaltyEntry&) override {}
  void on_cooldown(const CooldownEntry& entry) override {
    if (!is_entered_.exchange(true)) {
      other_ = std::async(std::launch::async, meanwhile);
      // Long enough to overtake; in vain, because the platform is locked.
      other_.wait_for(20ms);
    }
    const std::lock_guard lock{mutex_};
    kept.push_back(entry);
  }
  void join() { other_.wait(); }
  std::function<void()> meanwhile;
  std::vector<CooldownEntry> kept;

 private:
  std::atomic<bool> is_entered_{false};
  std::mutex mutex_;
  std::future<void> other_;
};

TEST(Journal, NotesStandInTheOrderInWhichTheyCameAbout) {
  SlowJournal journal;
  Bench bench{one(), Bench::plain_options(), &journal};
  const Now now = bench.clock.now();
  journal.meanwhile = [&bench, now] { bench.router.clear_all(now); };
  auto planner = bench.begin();
  static_cast<void>(planner.next(now));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 6h), {}, now);
  journal.join();

  ASSERT_EQ(journal.kept.size(), 2U);
  EXPECT_GT(journal.kept[0].until, journal.kept[0].since);
  EXPECT_EQ(journal.kept[1].until, journal.kept[1].since) << "cleared last: free after a restart";
}

TEST(Journal, ARequestThatBreaksOffCountsTheSameHereAndOnDisk) {
  const auto world = one({rpm(10), tpm(1'000)});
  Memory memory;
  Bench before{world, Bench::plain_options(), &memory};
  {
    auto broken = before.begin(Bench::ask("auto", 500, 300));
    static_cast<void>(broken.next(before.clock.now()));
    broken.sent(before.clock.now());
  }  // as an exception would destroy it

  Restart restart{world, before, memory};

  for (auto* bench : {&before, &restart.after}) {
    const auto counters = bench->router.snapshot(*bench->index, bench->clock.now()).counters;
    EXPECT_EQ(counters[0].used, 1);
    EXPECT_EQ(counters[1].used, 800);
  }
}

TEST(Journal, LeavesOutWhatNoLimitCounts) {
  Memory memory;
  Bench bench{one(), Bench::plain_options(), &memory};

  bench.serve();

  EXPECT_TRUE(memory.kept.bookings.empty());
  EXPECT_TRUE(memory.kept.settlements.empty());
}

}  // namespace
}  // namespace freellm::routing::testing
