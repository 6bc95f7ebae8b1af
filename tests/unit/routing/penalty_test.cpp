#include "freellm/routing/penalty.hpp"

#include <gtest/gtest.h>

namespace freellm::routing {
namespace {

using namespace std::chrono_literals;

constexpr Millis kDecay = 2min;
constexpr int kMax = 10;
const SteadyTime kStart{1000h};

TEST(Penalty, LosesOnePointForEachFullPeriod) {
  Penalty penalty;
  penalty.hit(3, kMax, kStart, kDecay);

  EXPECT_EQ(penalty.points(kStart + 2min - 1ms, kDecay), 3);
  EXPECT_EQ(penalty.points(kStart + 2min, kDecay), 2);
  EXPECT_EQ(penalty.points(kStart + 6min, kDecay), 0);
}

TEST(Penalty, DoesNotDriftHoweverOftenItIsRead) {
  Penalty penalty;
  penalty.hit(3, kMax, kStart, kDecay);

  for (auto at = kStart; at < kStart + 4min; at += 1s)
    static_cast<void>(penalty.points(at, kDecay));

  EXPECT_EQ(penalty.points(kStart + 4min, kDecay), 1);
}

TEST(Penalty, ThatWasEarnedBeforeTheMachineStartedHasDecayed) {
  Penalty penalty;
  const SteadyTime booted{30s};

  penalty.restore(3, kMax, booted - 4min);

  EXPECT_EQ(penalty.points(booted, kDecay), 1);
  EXPECT_EQ(penalty.base().hit, booted - 4min);
  EXPECT_EQ(penalty.gone_at(booted, kDecay), booted + 2min);
}

TEST(Penalty, IsCapped) {
  Penalty penalty;
  for (int i = 0; i < 9; ++i) penalty.hit(3, kMax, kStart, kDecay);

  EXPECT_EQ(penalty.points(kStart, kDecay), 10);
}

TEST(Penalty, ANewHitAddsToWhatIsLeftAndStartsTheDecayOver) {
  Penalty penalty;
  penalty.hit(3, kMax, kStart, kDecay);
  penalty.hit(3, kMax, kStart + 3min, kDecay);

  EXPECT_EQ(penalty.points(kStart + 3min, kDecay), 5);
  EXPECT_EQ(penalty.points(kStart + 5min - 1ms, kDecay), 5);
  EXPECT_EQ(penalty.points(kStart + 5min, kDecay), 4);
}

TEST(Penalty, ASuccessTakesOnePointAndLeavesTheDecayAlone) {
  Penalty penalty;
  penalty.hit(3, kMax, kStart, kDecay);

  penalty.success(kStart + 1min, kDecay);

  EXPECT_EQ(penalty.points(kStart + 1min, kDecay), 2);
  EXPECT_EQ(penalty.points(kStart + 2min, kDecay), 1);
}

TEST(Penalty, ASuccessAfterEverythingDecayedLeavesNothing) {
  Penalty penalty;
  penalty.hit(3, kMax, kStart, kDecay);

  penalty.success(kStart + 1h, kDecay);
  penalty.hit(3, kMax, kStart + 1h, kDecay);

  EXPECT_EQ(penalty.points(kStart + 1h, kDecay), 3);
}

TEST(Penalty, ForeseesWhenItIsGone) {
  Penalty penalty;
  penalty.hit(3, kMax, kStart, kDecay);
  const auto gone = penalty.gone_at(kStart, kDecay);

  EXPECT_EQ(penalty.points(gone - 1ms, kDecay), 1);
  EXPECT_EQ(penalty.points(gone, kDecay), 0);
}

}  // namespace
}  // namespace freellm::routing
