#include "freellm/net/deadline.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "freellm/base/random.hpp"
#include "loop.hpp"

namespace freellm::net {
namespace {

using namespace std::chrono_literals;
using test::run_until;

class DeadlineTest : public ::testing::Test {
 protected:
  /// Runs until every armed deadline has come.
  void run_out() {
    run_until(io, [] { return false; });
  }

  asio::io_context io;
  DeadlineQueue queue{io};
};

TEST_F(DeadlineTest, FiresOnceWhenItsTimeHasCome) {
  int fired = 0;
  Deadline deadline{queue, [&] { ++fired; }};
  const auto armed = std::chrono::steady_clock::now();

  deadline.expires_after(5ms);
  run_out();

  EXPECT_EQ(fired, 1);
  EXPECT_GE(std::chrono::steady_clock::now() - armed, 5ms);
}

TEST_F(DeadlineTest, FireInTheOrderOfTheirTimesWhateverTheOrderOfArming) {
  SeededRandom random{7};
  const auto base = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Deadline>> deadlines;
  std::vector<SteadyTime> fired;
  for (int i = 0; i < 200; ++i) {
    const auto when = base + std::chrono::microseconds{random.next_u64() % 5000};
    deadlines.push_back(
        std::make_unique<Deadline>(queue, [&fired, when] { fired.push_back(when); }));
    deadlines.back()->expires_at(when);
  }
  for (std::size_t i = 0; i < deadlines.size(); i += 3) deadlines[i].reset();

  run_out();

  EXPECT_EQ(fired.size(), 133U);
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST_F(DeadlineTest, PushedForwardItFiresAtTheLaterTimeOnly) {
  std::vector<std::string> order;
  Deadline moved{queue, [&] { order.push_back("moved"); }};
  Deadline between{queue, [&] { order.push_back("between"); }};
  const auto base = std::chrono::steady_clock::now();
  moved.expires_at(base + 1ms);
  between.expires_at(base + 4ms);

  moved.expires_at(base + 8ms);
  run_out();

  EXPECT_EQ(order, (std::vector<std::string>{"between", "moved"}));
}

TEST_F(DeadlineTest, BroughtForwardItFiresAtTheEarlierTime) {
  std::vector<std::string> order;
  Deadline moved{queue, [&] { order.push_back("moved"); }};
  Deadline between{queue, [&] { order.push_back("between"); }};
  // From one instant: between two readings of the clock a busy machine may let the shorter time
  // pass.
  const auto base = std::chrono::steady_clock::now();
  moved.expires_at(base + 9ms);
  between.expires_at(base + 5ms);

  moved.expires_at(base + 1ms);
  run_out();

  EXPECT_EQ(order, (std::vector<std::string>{"moved", "between"}));
}

TEST_F(DeadlineTest, ClearedItDoesNotFire) {
  bool fired = false;
  Deadline deadline{queue, [&] { fired = true; }};
  deadline.expires_after(1ms);

  deadline.clear();
  run_out();

  EXPECT_FALSE(fired);
}

TEST_F(DeadlineTest, DestroyedItDoesNotFire) {
  bool fired = false;
  auto deadline = std::make_optional<Deadline>(queue, [&] { fired = true; });
  deadline->expires_after(1ms);

  deadline.reset();
  run_out();

  EXPECT_FALSE(fired);
}

TEST_F(DeadlineTest, MayBeArmedAgainByItsOwnAction) {
  int fired = 0;
  Deadline deadline{queue, [] {}};
  deadline.on_expiry([&] {
    if (++fired < 3) deadline.expires_after(1ms);
  });
  deadline.expires_after(1ms);

  run_out();

  EXPECT_EQ(fired, 3);
}

TEST_F(DeadlineTest, AnActionMayDestroyAnotherDeadline) {
  bool fired = false;
  auto victim = std::make_optional<Deadline>(queue, [&] { fired = true; });
  Deadline first{queue, [&] { victim.reset(); }};
  const auto when = std::chrono::steady_clock::now() + 1ms;
  first.expires_at(when);
  victim->expires_at(when + 1us);

  run_out();

  EXPECT_FALSE(fired);
}

TEST_F(DeadlineTest, AfterShutdownEveryLimitHasPassedAndTheLoopRunsEmpty) {
  int fired = 0;
  Deadline later{queue, [&] { ++fired; }};
  Deadline deadline{queue, [&] {
                      ++fired;
                      later.expires_after(Millis{3'600'000});  // what is given up begins anew
                    }};
  Deadline cleared{queue, [&] { fired += 100; }};
  deadline.expires_after(Millis{3'600'000});
  cleared.expires_after(Millis{3'600'000});
  cleared.clear();

  queue.shutdown();
  run_out();

  EXPECT_TRUE(io.stopped());
  EXPECT_EQ(fired, 2);
}

}  // namespace
}  // namespace freellm::net
