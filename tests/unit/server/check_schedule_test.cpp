#include "server/admin/check_schedule.hpp"

#include <gtest/gtest.h>

#include <set>

namespace freellm::server::admin {
namespace {

using namespace std::chrono_literals;
using catalog::KeyState;
using provider::KeyVerdict;

const WallTime kNoon{std::chrono::milliseconds{1'764'072'000'000}};
constexpr Millis kDay{24h};

CheckSubject subject(int key, int platform, WallTime since, int refusals = 0) {
  return {KeyId{key}, PlatformId{platform}, since, refusals};
}

TEST(CheckSchedule, ChecksAKeyOnceItsIntervalIsAboutOver) {
  const std::vector keys{subject(1, 1, kNoon)};

  EXPECT_FALSE(plan_checks(keys, {}, kDay, 1, kNoon + 21h).due);
  EXPECT_EQ(plan_checks(keys, {}, kDay, 1, kNoon + 27h).due, KeyId{1});
  EXPECT_FALSE(plan_checks(keys, {}, Millis{0}, 1, kNoon + 1000h).due);
}

TEST(CheckSchedule, SpreadsKeysThatWereAddedTogether) {
  std::set<WallTime> moments;
  for (int key = 1; key <= 20; ++key) {
    const std::vector keys{subject(key, key, kNoon)};
    auto now = kNoon;
    while (!plan_checks(keys, {}, kDay, 7, now).due) now += 1min;
    EXPECT_GE(now, kNoon + 21h);
    EXPECT_LE(now, kNoon + 27h);
    moments.insert(now);
  }
  EXPECT_GT(moments.size(), 15U);
}

TEST(CheckSchedule, PacesAPlatformAndGoesOnWithTheNext) {
  const auto now = kNoon + 48h;
  const std::vector keys{subject(1, 1, kNoon), subject(2, 1, kNoon + 1s),
                         subject(3, 2, kNoon + 2h)};

  EXPECT_EQ(plan_checks(keys, {{PlatformId{1}, now - 5s}}, kDay, 1, now).due, KeyId{3});
  const auto rest = std::span{keys}.first(2);
  const auto plan = plan_checks(rest, {{PlatformId{1}, now - 5s}}, kDay, 1, now);
  EXPECT_FALSE(plan.due);
  EXPECT_EQ(plan.look_again, Millis{55s});
  EXPECT_TRUE(plan_checks(rest, {{PlatformId{1}, now - 60s}}, kDay, 1, now).due);
}

TEST(CheckSchedule, LooksAgainSoonAtAKeyInDoubt) {
  const std::vector doubted{subject(1, 1, kNoon, 1)};
  const std::vector condemned{subject(1, 1, kNoon, kRefusalsToCondemn)};

  EXPECT_EQ(plan_checks(doubted, {}, kDay, 1, kNoon + 11min).due, KeyId{1});
  EXPECT_FALSE(plan_checks(condemned, {}, kDay, 1, kNoon + 11min).due);
}

TEST(CheckSchedule, AClockSetBackNeitherStopsNorRushesIt) {
  const std::vector keys{subject(1, 1, kNoon + 1000h)};

  EXPECT_FALSE(plan_checks(keys, {{PlatformId{1}, kNoon + 1000h}}, kDay, 1, kNoon).due);
  EXPECT_LE(plan_checks(keys, {}, kDay, 1, kNoon).look_again, Millis{60s});
}

TEST(AfterCheck, APersonsAnswerCountsAtOnce) {
  const auto after =
      after_check({KeyState::valid, "accepted", 0},
                  {{KeyVerdict::invalid, "the provider answered 401"}}, CheckKind::asked);

  EXPECT_EQ(after.state, KeyState::invalid);
  EXPECT_EQ(after.reason, "the provider answered 401");
}

TEST(AfterCheck, APeriodicRefusalCountsTheThirdTime) {
  const proxy::ProbedKey refused{{KeyVerdict::invalid, "the provider answered 403"}};
  KeyStanding standing{KeyState::valid, "accepted", 0};

  standing = after_check(standing, refused, CheckKind::periodic);
  EXPECT_EQ(standing.state, KeyState::valid);
  EXPECT_EQ(standing.reason,
            "refused 1 of 3 times in a row before it counts as bad: the provider answered 403");
  standing = after_check(standing, refused, CheckKind::periodic);
  EXPECT_EQ(standing.state, KeyState::valid);
  standing = after_check(standing, refused, CheckKind::periodic);
  EXPECT_EQ(standing.state, KeyState::invalid);
  EXPECT_EQ(standing.reason, "refused 3 times in a row: the provider answered 403");

  standing = after_check(standing, {{KeyVerdict::valid, "accepted"}}, CheckKind::periodic);
  EXPECT_EQ(standing.state, KeyState::valid);
  EXPECT_EQ(standing.refusals, 0);
}

TEST(AfterCheck, WhatCannotBeFoundOutChangesNothing) {
  const proxy::ProbedKey open{{KeyVerdict::inconclusive, "the connection broke"}};
  const KeyStanding bad{KeyState::invalid, "the provider answered 401", 1};

  EXPECT_EQ(after_check(bad, open, CheckKind::periodic).reason, bad.reason);
  EXPECT_EQ(after_check(bad, open, CheckKind::periodic).refusals, 1);
  EXPECT_EQ(after_check(bad, open, CheckKind::asked).state, KeyState::invalid);
  EXPECT_EQ(after_check({}, open, CheckKind::periodic).state, KeyState::unverifiable);
  const proxy::ProbedKey offline{{KeyVerdict::inconclusive, "no such host"}, false};
  const auto unreached = after_check({}, offline, CheckKind::asked);
  EXPECT_EQ(unreached.state, KeyState::unknown);
  EXPECT_EQ(unreached.reason, "cannot be reached: no such host");
  EXPECT_EQ(after_check(unreached, open, CheckKind::asked).state, KeyState::unverifiable);
}

}  // namespace
}  // namespace freellm::server::admin
