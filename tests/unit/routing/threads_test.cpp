// The ledger under contention: run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

constexpr int kThreads = 64;

/// Runs `work(thread)` on 64 threads that start together.
template <class Work>
void together(const Work& work) {
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      while (!go.load()) std::this_thread::yield();
      work(i);
    });
  }
  go = true;
  for (auto& thread : threads) thread.join();
}

TEST(Threads, NeverBookOneRequestBeyondALimit) {
  World world;
  world.model(world.platform("a"), "m", {.limits = {rpm(500), rpd(450, DayReset::utc)}});
  Bench bench{world};
  const auto now = bench.clock.now();
  std::atomic<int> served{0};

  together([&](int) {
    for (int i = 0; i < 20; ++i) {
      auto planner = bench.router.begin(bench.index, Bench::ask(), now);
      if (!std::holds_alternative<Attempt>(planner.next(now))) continue;
      planner.sent(now);
      planner.succeeded(used(10), {}, now);
      ++served;
    }
  });

  EXPECT_EQ(served, 450);
}

TEST(Threads, NeverBookOneTokenBeyondALimit) {
  World world;
  world.model(world.platform("a", {.keys = 2}), "m", {.limits = {tpm(10'000)}});
  Bench bench{world};
  const auto now = bench.clock.now();
  std::atomic<std::int64_t> tokens{0};

  together([&](int thread) {
    for (int i = 0; i < 20; ++i) {
      const std::int64_t prompt = 30 + (thread * 20 + i) % 90;
      auto planner = bench.router.begin(bench.index, Bench::ask("auto", prompt, 10), now);
      if (!std::holds_alternative<Attempt>(planner.next(now))) continue;
      planner.sent(now);
      tokens += prompt + 10;
      planner.succeeded(used(prompt + 10), {}, now);
    }
  });

  EXPECT_LE(tokens, 20'000);
  EXPECT_GT(tokens, 19'700) << "and wastes no more than a request per key";
}

TEST(Threads, NeverRunMoreAtOnceThanAllowed) {
  World world;
  world.model(world.platform("a", {.limits = {in_flight(5)}}), "m");
  Bench bench{world};
  const auto now = bench.clock.now();
  std::atomic<int> running{0};
  std::atomic<int> most{0};

  together([&](int) {
    for (int i = 0; i < 50; ++i) {
      auto planner = bench.router.begin(bench.index, Bench::ask(), now);
      if (!std::holds_alternative<Attempt>(planner.next(now))) continue;
      const int here = ++running;
      int seen = most.load();
      while (here > seen && !most.compare_exchange_weak(seen, here)) {
      }
      --running;
      planner.succeeded(used(10), {}, now);
    }
  });

  EXPECT_LE(most, 5);
}

TEST(Threads, FailuresSnapshotsClearsAndReloadsMix) {
  World world;
  for (int p = 0; p < 4; ++p) {
    world.model(world.platform("p" + std::to_string(p), {.keys = 2}), "m" + std::to_string(p),
                {.limits = {rpm(200)}});
  }
  Memory memory;
  Bench bench{world};
  const auto now = bench.clock.now();

  together([&](int thread) {
    auto index = bench.index;
    for (int i = 0; i < 30; ++i) {
      if (thread == 0) index = bench.router.attach(world.table(), Bench::plain_options());
      if (thread == 1) static_cast<void>(bench.router.snapshot(*index, now));
      if (thread == 2) bench.router.clear_all(now);
      auto facts = Bench::ask();
      facts.first_user_message = thread % 2 == 0 ? "one" : "two";
      facts.assistant_turn = true;
      auto planner = bench.router.begin(index, facts, now);
      for (int attempt = 0; attempt < 3; ++attempt) {
        if (!std::holds_alternative<Attempt>(planner.next(now))) break;
        if (attempt == thread % 3) {
          planner.succeeded(used(10), {}, now);
          break;
        }
        planner.failed(failure(FailureClass::rate_limited, Scope::model_key, 429, 1s), {}, now);
      }
    }
  });

  for (const auto& row : bench.router.snapshot(*bench.index, now).counters)
    EXPECT_LE(row.used, 200);
}

}  // namespace
}  // namespace freellm::routing::testing
