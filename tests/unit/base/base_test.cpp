#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "freellm/base/clock.hpp"
#include "freellm/base/function_ref.hpp"
#include "freellm/base/random.hpp"
#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"

namespace freellm {
namespace {

using namespace std::chrono_literals;

TEST(Secret, MovesItsBytesAndLeavesNothingBehind) {
  Secret first{"sk-value"};
  const Secret second = std::move(first);

  EXPECT_EQ(second.reveal(), "sk-value");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the promise
}

TEST(Secret, TakeWipesTheOriginal) {
  std::string original = "a long secret that does not fit into the small buffer";
  const auto size = original.size();
  const auto secret = Secret::take(std::move(original));

  EXPECT_EQ(secret.size(), size);
  EXPECT_TRUE(original.empty());  // NOLINT(bugprone-use-after-move): that is the promise
}

TEST(Secret, AssignmentReplacesTheValue) {
  Secret secret{"old"};
  secret = Secret{"new"};

  EXPECT_EQ(secret.reveal(), "new");
  EXPECT_EQ(secret.clone().reveal(), "new");
}

TEST(SecureZero, NothingNeedsNoMemory) { secure_zero(nullptr, 0); }

TEST(SecureZero, OverwritesEveryByte) {
  std::string bytes = "secret";
  secure_zero(bytes.data(), bytes.size());

  EXPECT_EQ(bytes, std::string(6, '\0'));
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
  EXPECT_FALSE(constant_time_equal("", "a"));
}

TEST(Masked, ShowsTooLittleToUse) {
  const std::string key = "gsk_0123456789abcdefghijklmnopqrstuv";
  const auto shown = masked(key);

  EXPECT_LT(shown.size(), key.size() / 2);
  EXPECT_EQ(shown.find("456789ab"), std::string::npos);
  EXPECT_TRUE(shown.ends_with("stuv")) << shown;
}

TEST(Masked, ShowsNothingOfAShortSecret) { EXPECT_EQ(masked("hunter2"), "…"); }

TEST(SeededRandom, RepeatsItselfForTheSameSeed) {
  SeededRandom a{42};
  SeededRandom b{42};
  SeededRandom c{43};

  const auto first = a.next_u64();
  EXPECT_EQ(first, b.next_u64());
  EXPECT_NE(first, c.next_u64());
  EXPECT_NE(first, a.next_u64());
}

TEST(SeededRandom, StaysWithinItsBounds) {
  SeededRandom random{1};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto u = random.uniform01();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    seen.insert(random.below(6));
  }

  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(SeededRandom, AlphanumericHasTheAskedLengthAndAlphabet) {
  SeededRandom random{5};
  const auto text = random.alphanumeric(64);

  EXPECT_EQ(text.size(), 64U);
  EXPECT_TRUE(
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0; }));
}

TEST(RandomHex, GivesTwoDigitsAByteAndNeverTheSame) {
  const auto text = random_hex(16);

  EXPECT_EQ(text.size(), 32U);
  EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(text, random_hex(16));
}

TEST(FunctionRef, CallsTheOriginalNotACopy) {
  int calls = 0;
  auto counter = [calls = 0, &out = calls](int by) mutable { return out = calls += by; };
  const FunctionRef<int(int)> ref = counter;

  EXPECT_EQ(ref(2), 2);
  EXPECT_EQ(ref(3), 5);
  EXPECT_EQ(calls, 5);
}

TEST(ManualClock, StandsStillUntilTold) {
  ManualClock clock;
  const auto before = clock.now();
  EXPECT_EQ(clock.now().steady, before.steady);

  clock.advance(90s);

  EXPECT_EQ(clock.now().steady - before.steady, 90s);
  EXPECT_EQ(clock.now().wall - before.wall, 90s);
}

TEST(ManualClock, WallTimeCanJumpWithoutSteadyTime) {
  ManualClock clock;
  const auto before = clock.now();

  clock.set_wall(before.wall - 24h);

  EXPECT_EQ(clock.now().steady, before.steady);
  EXPECT_EQ(clock.now().wall, before.wall - 24h);
}

TEST(Result, ValueOfAnErrorThrowsWithItsMessage) {
  const Result<int> result = Error{.kind = ErrorKind::internal, .message = "broken"};

  try {
    static_cast<void>(result.value());
    FAIL() << "no exception";
  } catch (const std::logic_error& caught) {
    EXPECT_STREQ(caught.what(), "unchecked error: broken");
  }
}

TEST(ErrorKind, HasADistinctNameForEachKind) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i)
    names.insert(to_string(static_cast<ErrorKind>(i)));

  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorKind::internal) + 1);
}

TEST(TimeOrderedId, SortsBehindEarlierOnes) {
  SeededRandom random{1};
  const WallTime start{1'700'000'000s};
  std::string before;
  for (const auto step : {0ms, 1ms, 62ms, 3844ms, 86'400'000ms}) {
    const std::string id = random.time_ordered_id(start + step);

    EXPECT_LT(before, id);
    EXPECT_EQ(id.size(), 20U);
    before = id;
  }
}

TEST(TimeOrderedId, DiffersWithinAMillisecond) {
  SeededRandom random{1};
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.time_ordered_id(WallTime{1'700'000'000s}));

  EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace freellm
