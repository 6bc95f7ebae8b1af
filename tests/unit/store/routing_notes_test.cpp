#include <gtest/gtest.h>

#include <future>

#include "freellm/store/migrations.hpp"
#include "freellm/store/usage_log.hpp"
#include "freellm/store/writer.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

using namespace std::chrono_literals;

constexpr RouteIds kLane{PlatformId{1}, ModelId{11}, KeyId{111}};
constexpr RouteIds kKey{PlatformId{1}, ModelId{}, KeyId{111}};

StoredCooldown cooldown(WallTime since, WallTime until) {
  return {.scope = chat::Scope::key,
          .route = kKey,
          .cause = chat::FailureClass::daily_quota,
          .stated = true,
          .since = since,
          .until = until,
          .quota_strikes = 2,
          .fault_strikes = 1,
          .message = "come back tomorrow"};
}

StoredLimit limit(std::int64_t count, WallTime at) {
  return {.scope = chat::Scope::model_key,
          .route = kLane,
          .metric = chat::LimitMetric::tokens,
          .window = chat::LimitWindow::day,
          .count = count,
          .at = at};
}

class RoutingNotesTest : public testing::Test {
 protected:
  RoutingNotesTest() : db_(*Db::open(directory_.path() / "notes.db", Db::Mode::create)) {
    EXPECT_TRUE(migrate(db_));
  }
  void write(const std::vector<RoutingNote>& notes) { ASSERT_TRUE(write_notes(db_, notes)); }
  RoutingNotes load(WallTime now = kNoon) {
    auto notes = load_notes(db_, now);
    EXPECT_TRUE(notes);
    return *notes;
  }

  TemporaryDirectory directory_;
  Db db_;
};

TEST_F(RoutingNotesTest, KeepsEveryPartOfACooldown) {
  write({cooldown(kNoon - 1h, kNoon + 5h)});

  const auto notes = load();

  ASSERT_EQ(notes.cooldowns.size(), 1U);
  const auto& kept = notes.cooldowns[0];
  EXPECT_EQ(kept.scope, chat::Scope::key);
  EXPECT_EQ(kept.route, kKey);
  EXPECT_EQ(kept.cause, chat::FailureClass::daily_quota);
  EXPECT_TRUE(kept.stated);
  EXPECT_EQ(kept.since, kNoon - 1h);
  EXPECT_EQ(kept.until, kNoon + 5h);
  EXPECT_EQ(kept.quota_strikes, 2);
  EXPECT_EQ(kept.fault_strikes, 1);
  EXPECT_EQ(kept.message, "come back tomorrow");
}

TEST_F(RoutingNotesTest, DropsACooldownThatIsOver) {
  write({cooldown(kNoon - 6h, kNoon)});

  EXPECT_TRUE(load().cooldowns.empty());
}

TEST_F(RoutingNotesTest, ALaterNoteReplacesAnEarlierOneAboutTheSameScope) {
  write({cooldown(kNoon, kNoon + 1h), cooldown(kNoon, kNoon + 2h), limit(50, kNoon - 1h),
         limit(40, kNoon)});

  const auto notes = load();

  ASSERT_EQ(notes.cooldowns.size(), 1U);
  EXPECT_EQ(notes.cooldowns[0].until, kNoon + 2h);
  ASSERT_EQ(notes.limits.size(), 1U);
  EXPECT_EQ(notes.limits[0].count, 40);
}

TEST_F(RoutingNotesTest, WhatWasClearedStaysCleared) {
  write({cooldown(kNoon, kNoon + 1h), limit(50, kNoon),
         StoredPenalty{.route = {PlatformId{1}, ModelId{11}, {}}, .points = 3, .hit = kNoon}});

  write({cooldown(kNoon, kNoon), limit(-1, kNoon),
         StoredPenalty{.route = {PlatformId{1}, ModelId{11}, {}}, .points = 0, .hit = kNoon}});

  const auto notes = load();
  EXPECT_TRUE(notes.cooldowns.empty());
  EXPECT_TRUE(notes.limits.empty());
  EXPECT_TRUE(notes.penalties.empty());
}

TEST_F(RoutingNotesTest, KeepsLearnedLimitsForAMonthAndPenaltiesForADay) {
  write({limit(50, kNoon),
         StoredPenalty{.route = {PlatformId{1}, ModelId{11}, {}}, .points = 3, .hit = kNoon}});

  EXPECT_EQ(load(kNoon + 24h * 30).limits.size(), 1U);
  EXPECT_TRUE(load(kNoon + 24h * 31).limits.empty());
  EXPECT_EQ(load(kNoon + 23h).penalties.at(0).points, 3);
  EXPECT_TRUE(load(kNoon + 24h).penalties.empty());
}

TEST_F(RoutingNotesTest, AreDeletedOnceTheyAreOver) {
  write({cooldown(kNoon - 6h, kNoon - 1h), limit(50, kNoon - 24h * 40)});

  auto more = prune(db_, {}, kNoon);

  ASSERT_TRUE(more);
  EXPECT_EQ((*db_.scalar("SELECT count(*) FROM cooldown")).value(), 0);
  EXPECT_EQ((*db_.scalar("SELECT count(*) FROM learned_limit")).value(), 0);
}

TEST_F(RoutingNotesTest, SkipsWhatAnotherVersionMayHaveWritten) {
  write({cooldown(kNoon, kNoon + 1h)});
  ASSERT_TRUE(db_.run("UPDATE cooldown SET cause = 'made_up'"));

  EXPECT_TRUE(load().cooldowns.empty());
}

TEST_F(RoutingNotesTest, GoThroughTheWriterInOrder) {
  ASSERT_TRUE(db_.exec("PRAGMA journal_mode = WAL"));
  Writer writer{*Db::open(directory_.path() / "notes.db", Db::Mode::create)};

  writer.note(cooldown(kNoon, kNoon + 1h));
  writer.note(cooldown(kNoon, kNoon));
  writer.note(limit(7, kNoon));

  ASSERT_TRUE(writer.flush());
  EXPECT_TRUE(load().cooldowns.empty());
  EXPECT_EQ(load().limits.at(0).count, 7);
}

TEST_F(RoutingNotesTest, AFlushWithoutWaitingReportsWhenEverythingBeforeItIsStored) {
  ASSERT_TRUE(db_.exec("PRAGMA journal_mode = WAL"));
  // Nothing but the flush makes this batch due.
  Writer writer{*Db::open(directory_.path() / "notes.db", Db::Mode::create),
                {.max_delay = std::chrono::hours{1}}};
  std::promise<std::size_t> stored;

  writer.journal({.id = 1, .route = kLane, .at = kNoon});
  writer.flush([&](Status) { stored.set_value(load_bookings(db_, kNoon)->size()); });

  EXPECT_EQ(stored.get_future().get(), 1U);
}

}  // namespace
}  // namespace freellm::store
