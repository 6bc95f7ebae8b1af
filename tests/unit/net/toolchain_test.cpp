// What our coroutines take for granted of g++ 12 and Asio 1.81. Run under AddressSanitizer, these
// are the proof; should one fail with another compiler, the house rules in task.hpp no longer hold
// there.

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <vector>

#include "freellm/net/completion.hpp"
#include "freellm/net/task.hpp"
#include "loop.hpp"

namespace freellm::net {
namespace {

using test::run;
using test::run_until;
using test::SocketPair;

/// Counts how often it is made and destroyed; owns memory, so that a second destruction is seen by
/// ASan, too.
class Probe {
 public:
  struct Counts {
    int made = 0;
    int destroyed = 0;
    [[nodiscard]] int alive() const { return made - destroyed; }
  };
  explicit Probe(Counts& counts) : counts_(&counts), text_(std::make_unique<std::string>(40, 'x')) {
    ++counts.made;
  }
  Probe(Probe&& other) noexcept : counts_(other.counts_), text_(std::move(other.text_)) {
    ++counts_->made;
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  Probe& operator=(Probe&&) = delete;
  ~Probe() { ++counts_->destroyed; }
  [[nodiscard]] std::size_t size() const { return text_->size(); }

 private:
  Counts* counts_;
  std::unique_ptr<std::string> text_;
};

/// Lowest and highest stack address seen.
class StackDepth {
 public:
  [[gnu::noinline]] void look() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest_ = std::min(lowest_, here);
    highest_ = std::max(highest_, here);
  }
  [[nodiscard]] std::size_t bytes() const { return highest_ - lowest_; }

 private:
  std::uintptr_t lowest_ = UINTPTR_MAX;
  std::uintptr_t highest_ = 0;
};

constexpr int kManyTurns = 200'000;
constexpr std::size_t kFewFrames = 16 * 1024;

// --- the stack ---

Task<int> ready(StackDepth& depth, int value) {
  depth.look();
  co_return value;
}

Task<int> sum_of_ready(StackDepth& depth) {
  int sum = 0;
  for (int i = 0; i < kManyTurns; ++i) sum += co_await ready(depth, 1);
  co_return sum;
}

TEST(Toolchain, ALoopOverReadyTasksDoesNotGrowTheStack) {
  asio::io_context io;
  StackDepth depth;

  EXPECT_EQ(run(io, sum_of_ready(depth)), kManyTurns);

  EXPECT_LT(depth.bytes(), kFewFrames);
}

struct NextTurn {
  asio::io_context& io;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    asio::post(io, [self] { self.resume(); });
  }
  void await_resume() {}
};

Task<int> later(asio::io_context& io, StackDepth& depth) {
  co_await NextTurn{io};
  depth.look();
  co_return 1;
}

Task<int> sum_of_later(asio::io_context& io, StackDepth& depth) {
  int sum = 0;
  for (int i = 0; i < kManyTurns / 10; ++i) sum += co_await later(io, depth);
  co_return sum;
}

TEST(Toolchain, ALoopOverWaitingTasksDoesNotGrowTheStack) {
  asio::io_context io;
  StackDepth depth;

  EXPECT_EQ(run(io, sum_of_later(io, depth)), kManyTurns / 10);

  EXPECT_LT(depth.bytes(), kFewFrames);
}

// --- exceptions ---

Task<int> throws_later(asio::io_context& io) {
  co_await NextTurn{io};
  throw std::runtime_error("from below");
}

Task<int> passes_on(asio::io_context& io) { co_return co_await throws_later(io); }

Task<std::string> catches(asio::io_context& io) {
  std::string said;
  try {
    (void)co_await passes_on(io);
  } catch (const std::runtime_error& e) {
    said = e.what();
  }
  co_return said;
}

TEST(Toolchain, AnExceptionPassesThroughTheTasksThatAwait) {
  asio::io_context io;

  EXPECT_EQ(run(io, catches(io)), "from below");
}

Task<void> throws_with(Probe probe, asio::io_context& io) {
  co_await NextTurn{io};
  if (probe.size() > 0) throw std::runtime_error("nobody listens");
}

TEST(Toolchain, AnExceptionNobodyAwaitsEndsOnlyItsTask) {
  asio::io_context io;
  Probe::Counts counts;

  spawn(throws_with(Probe{counts}, io));
  io.run();

  EXPECT_EQ(counts.alive(), 0);
}

// --- frames ---

Task<std::size_t> holds_until(Probe probe, std::shared_ptr<Completion<int>> completion) {
  const Probe local{std::move(probe)};
  (void)co_await completion->wait();
  co_return local.size();
}

Task<std::size_t> ends_child_early(Probe::Counts& counts,
                                   std::shared_ptr<Completion<int>> completion, int& alive_after) {
  std::size_t size = 0;
  {
    Probe probe{counts};
    auto child = holds_until(std::move(probe), completion);
    size = co_await std::move(child);
  }  // the child's frame goes here, while its final suspension is still below us on the stack
  alive_after = counts.alive();
  co_return size;
}

TEST(Toolchain, TheContinuationMayDestroyTheFrameThatResumesIt) {
  asio::io_context io;
  Probe::Counts counts;
  auto completion = std::make_shared<Completion<int>>();
  int alive_after = -1;
  asio::post(io, [completion] { completion->complete(1); });

  EXPECT_EQ(run(io, ends_child_early(counts, completion, alive_after)), 40U);

  EXPECT_EQ(alive_after, 0);
  EXPECT_EQ(counts.made, counts.destroyed);
}

TEST(Toolchain, ATaskThatNeverRanFreesItsArguments) {
  Probe::Counts counts;

  { const auto task = holds_until(Probe{counts}, std::make_shared<Completion<int>>()); }

  EXPECT_GT(counts.made, 0);
  EXPECT_EQ(counts.alive(), 0);
}

// GCC PR 99576: a temporary with a destructor inside a co_await expression may be destroyed twice.
// The house rule is to name it and move it in; this is what the rule must give.
Task<std::size_t> named_argument(Probe::Counts& counts, asio::io_context& io) {
  auto completion = std::make_shared<Completion<int>>();
  asio::post(io, [completion] { completion->complete(1); });
  Probe named{counts};
  auto task = holds_until(std::move(named), completion);
  const auto size = co_await std::move(task);
  co_return size;
}

TEST(Toolchain, ANamedArgumentIsDestroyedOnce) {
  asio::io_context io;
  Probe::Counts counts;

  EXPECT_EQ(run(io, named_argument(counts, io)), 40U);

  EXPECT_EQ(counts.made, counts.destroyed);
}

// A lambda's captures live in the lambda object, not in the frame: a capturing lambda may only
// return a named coroutine that takes what it needs by value.
Task<std::size_t> size_later(Probe probe, asio::io_context& io) {
  co_await NextTurn{io};
  co_return probe.size();
}

TEST(Toolchain, ALambdaThatReturnsANamedCoroutineMayDieBeforeItRuns) {
  asio::io_context io;
  Probe::Counts counts;
  std::optional<Task<std::size_t>> task;
  {
    const auto make = [&counts, &io] { return size_later(Probe{counts}, io); };
    task.emplace(make());
  }

  EXPECT_EQ(run(io, std::move(*task)), 40U);

  task.reset();
  EXPECT_EQ(counts.made, counts.destroyed);
}

// --- cancellation by closing ---

Task<boost::system::error_code> read_once(ByteStream& stream, Probe probe) {
  std::vector<char> buffer(probe.size());
  const auto result = co_await stream.read_some(buffer);
  co_return result.ec;
}

TEST(Toolchain, ClosingTheSocketResumesTheReaderWithAnErrorOnALaterTurn) {
  asio::io_context io;
  Probe::Counts counts;
  SocketPair sockets{io};
  auto stream = make_plain_stream(std::move(sockets.near));
  std::optional<boost::system::error_code> ended;
  spawn(test::keep_result(read_once(*stream, Probe{counts}), ended));
  io.poll();
  ASSERT_FALSE(ended) << "nothing was sent";

  stream->close();
  const bool ended_inside_close = ended.has_value();
  run_until(io, [&] { return ended.has_value(); });

  EXPECT_FALSE(ended_inside_close);
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, asio::error::operation_aborted);
  EXPECT_EQ(counts.alive(), 0);
}

// --- Completion ---

Task<int> await_value(std::shared_ptr<Completion<int>> completion) {
  co_return co_await completion->wait();
}

TEST(Toolchain, ACompletionTakesOnlyItsFirstValue) {
  asio::io_context io;
  auto completion = std::make_shared<Completion<int>>();

  EXPECT_TRUE(completion->complete(1));
  EXPECT_FALSE(completion->complete(2));

  EXPECT_EQ(run(io, await_value(completion)), 1);
}

TEST(Toolchain, ACompletionResumesWhoWaits) {
  asio::io_context io;
  auto completion = std::make_shared<Completion<int>>();
  asio::post(io, [completion] { completion->complete(7); });

  EXPECT_EQ(run(io, await_value(completion)), 7);
}

}  // namespace
}  // namespace freellm::net
