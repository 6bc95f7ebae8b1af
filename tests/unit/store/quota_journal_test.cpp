#include <gtest/gtest.h>

#include <set>

#include "freellm/store/migrations.hpp"
#include "freellm/store/usage_log.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

using namespace std::chrono_literals;

constexpr RouteIds kRoute{PlatformId{1}, ModelId{11}, KeyId{111}};

QuotaBooking booking(std::int64_t id, WallTime at, std::int64_t tokens,
                     BookingState state = BookingState::settled) {
  return {.id = id, .route = kRoute, .at = at, .state = state, .tokens = tokens};
}

class QuotaJournal : public testing::Test {
 protected:
  QuotaJournal() : db_(*Db::open(directory_.path() / "journal.db", Db::Mode::create)) {
    EXPECT_TRUE(migrate(db_));
  }

  void write(const std::vector<QuotaBooking>& bookings) {
    ASSERT_TRUE(write_bookings(db_, bookings));
  }
  std::vector<QuotaBooking> load(WallTime now = kNoon) {
    auto bookings = load_bookings(db_, now);
    EXPECT_TRUE(bookings);
    return *bookings;
  }
  void compact(WallTime now, std::int64_t limit = 500) {
    for (;;) {
      auto more = prune(db_, {}, now, limit);
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
  }

  TemporaryDirectory directory_;
  Db db_;
};

TEST_F(QuotaJournal, RemembersWhatWasSettled) {
  write({booking(1, kNoon - 1h, 500, BookingState::open)});
  write({booking(1, kNoon - 1h, 320, BookingState::settled)});

  const auto bookings = load();

  ASSERT_EQ(bookings.size(), 1U);
  EXPECT_EQ(bookings[0].tokens, 320);
  EXPECT_EQ(bookings[0].state, BookingState::settled);
  EXPECT_EQ(bookings[0].route, kRoute);
  EXPECT_EQ(bookings[0].at, kNoon - 1h);
}

TEST_F(QuotaJournal, CountsABookingThatWasNeverSettled) {
  write({booking(1, kNoon - 1h, 500, BookingState::open)});

  ASSERT_EQ(load().size(), 1U);
  EXPECT_EQ(load()[0].tokens, 500);
}

TEST_F(QuotaJournal, ForgetsARefund) {
  write({booking(1, kNoon - 1h, 500, BookingState::open),
         booking(1, kNoon - 1h, 0, BookingState::refunded)});

  EXPECT_TRUE(load().empty());
}

TEST_F(QuotaJournal, NeverHandsOutAnIdTwice) {
  EXPECT_EQ(*next_booking_id(db_), 1);
  write({booking(41, kNoon - 24h * 40, 1)});

  compact(kNoon);

  EXPECT_EQ(*next_booking_id(db_), 42);
}

TEST_F(QuotaJournal, SumsUpOldBookingsPerUtcDayAndKeepsYoungOnesApart) {
  const WallTime midnight = kNoon - 12h;
  write({booking(1, midnight - 24h * 5, 10), booking(2, midnight - 24h * 5 + 23h, 20),
         booking(3, midnight - 24h * 4, 40), booking(4, kNoon - 1h, 80), booking(5, kNoon, 160)});

  compact(kNoon);

  const auto bookings = load();
  ASSERT_EQ(bookings.size(), 4U);
  EXPECT_EQ(bookings[0].at, midnight - 24h * 5);
  EXPECT_EQ(bookings[0].requests, 2);
  EXPECT_EQ(bookings[0].tokens, 30);
  EXPECT_EQ(bookings[1].at, midnight - 24h * 4);
  EXPECT_EQ(bookings[1].tokens, 40);
  EXPECT_EQ(bookings[2].id, 4);
  EXPECT_EQ(bookings[3].id, 5);
}

TEST_F(QuotaJournal, GivesEverySumAnIdOfItsOwnThatNoBookingHas) {
  write({booking(1, kNoon - 24h * 5, 10), booking(2, kNoon - 24h * 4, 20), booking(3, kNoon, 1)});

  compact(kNoon);

  std::set<std::int64_t> ids;
  for (const auto& entry : load()) ids.insert(entry.id);
  EXPECT_EQ(ids, (std::set<std::int64_t>{-2, -1, 3}));
}

TEST_F(QuotaJournal, TakesTheNewestMeaningOfAnId) {
  write({booking(1, kNoon - 24h, 10, BookingState::refunded)});

  write({booking(1, kNoon, 20, BookingState::open)});

  ASSERT_EQ(load().size(), 1U);
  EXPECT_EQ(load()[0].at, kNoon);
}

TEST_F(QuotaJournal, LosesAndDoublesNothingWhenCompactedInSmallStepsAgainAndAgain) {
  std::vector<QuotaBooking> bookings;
  for (std::int64_t i = 1; i <= 100; ++i)
    bookings.push_back(booking(i, kNoon - 24h * 20 + i * 4h, i));
  write(bookings);

  for (WallTime now = kNoon - 24h * 18; now <= kNoon; now += 24h) compact(now, 7);

  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  for (const auto& entry : load()) {
    requests += entry.requests;
    tokens += entry.tokens;
  }
  EXPECT_EQ(requests, 100);
  EXPECT_EQ(tokens, 5050);
}

TEST_F(QuotaJournal, GoesOnAfterAClockThatWasYearsAhead) {
  std::vector<QuotaBooking> bookings;
  for (std::int64_t id = 1; id <= 30; ++id)
    bookings.push_back(booking(id, kNoon + 24h * 365 * 3, 10));
  for (std::int64_t id = 31; id <= 40; ++id) bookings.push_back(booking(id, kNoon - 24h * 3, 10));
  bookings.push_back(booking(41, kNoon - 1h, 10));
  write(bookings);

  compact(kNoon, 7);

  EXPECT_EQ(**db_.scalar("SELECT count(*) FROM quota_journal"), 1);
  std::int64_t tokens = 0;
  for (const auto& kept : load()) {
    tokens += kept.tokens;
    EXPECT_LT(kept.at, kNoon);
  }
  EXPECT_EQ(tokens, 410) << "a month's limit still counts them";
}

TEST_F(QuotaJournal, LeavesRefundsOutOfTheSums) {
  write({booking(1, kNoon - 24h * 5, 10, BookingState::refunded), booking(2, kNoon - 24h * 5, 20),
         booking(3, kNoon, 0)});

  compact(kNoon);

  EXPECT_EQ(load()[0].requests, 1);
  EXPECT_EQ(load()[0].tokens, 20);
}

TEST_F(QuotaJournal, ForgetsWhatNoMonthCanNeed) {
  write({booking(1, kNoon - 24h * 40, 10), booking(2, kNoon, 1)});

  compact(kNoon);

  EXPECT_EQ(load().size(), 1U);
}

}  // namespace
}  // namespace freellm::store
