#include "freellm/store/cover.hpp"

#include <gtest/gtest.h>

#include <random>

namespace freellm::store {
namespace {

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr CellsSince kAllKept{};

std::int64_t width(Span span) {
  return span == Span::minute ? kMinute : span == Span::hour ? kHour : kDay;
}

TEST(Cover, OfAnyRangeIsGaplessAndExactToTheMinute) {
  std::mt19937_64 random{3};
  for (int round = 0; round < 5'000; ++round) {
    const auto from = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(9 * kDay));
    const auto until =
        from + 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(9 * kDay));
    const auto pieces = cover(from, until, kAllKept);

    std::int64_t at = from - from % kMinute;
    for (const auto& piece : pieces) {
      ASSERT_EQ(piece.from, at);
      ASSERT_LE(piece.from, piece.until);
      if (piece.from != piece.until) {
        ASSERT_EQ(piece.from % width(piece.span), 0);
        ASSERT_EQ(piece.until % width(piece.span), 0);
      }
      at = piece.until;
    }
    ASSERT_GE(at, until);
    ASSERT_LT(at - until, kMinute);
  }
}

TEST(Cover, ReadsDaysInTheMiddle) {
  const auto pieces = cover(kDay - kHour - kMinute, 4 * kDay + kMinute, kAllKept);

  EXPECT_EQ(pieces[0], (Piece{Span::minute, kDay - kHour - kMinute, kDay - kHour}));
  EXPECT_EQ(pieces[1], (Piece{Span::hour, kDay - kHour, kDay}));
  EXPECT_EQ(pieces[2], (Piece{Span::day, kDay, 4 * kDay}));
  EXPECT_EQ(pieces[4], (Piece{Span::minute, 4 * kDay, 4 * kDay + kMinute}));
}

TEST(Cover, WidensToTheCellsThatAreKept) {
  const auto pieces = cover(kHour + kMinute, 10 * kDay + 5 * kHour + kMinute,
                            {.minutes = 9 * kDay, .hours = 2 * kDay});

  EXPECT_EQ(pieces[2], (Piece{Span::day, 0, 10 * kDay}));
  EXPECT_EQ(pieces[3], (Piece{Span::hour, 10 * kDay, 10 * kDay + 5 * kHour}));
}

TEST(Cover, OfNothingIsEmpty) {
  for (const auto& piece : cover(5 * kDay, 5 * kDay, kAllKept)) EXPECT_EQ(piece.from, piece.until);
}

}  // namespace
}  // namespace freellm::store
