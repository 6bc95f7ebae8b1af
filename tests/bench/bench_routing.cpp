// What routing costs: a whole decision over a big table, the tiny table of a local setup, and the
// ledger.
#include <benchmark/benchmark.h>

#include "freellm/routing/quota.hpp"
#include "freellm/routing/sticky.hpp"
#include "unit/routing/kit.hpp"

namespace freellm::routing {
namespace {

using namespace testing;

/// `models` models over thirty platforms with three keys each, all limits set.
World big_table(int models, const std::vector<Limit>& limits) {
  World world;
  std::vector<PlatformId> platforms;
  for (int p = 0; p < 30; ++p)
    platforms.push_back(world.platform("platform-" + std::to_string(p), {.keys = 3}));
  for (int m = 0; m < models; ++m) {
    world.model(platforms[static_cast<std::size_t>(m) % platforms.size()],
                "model-" + std::to_string(m), {.limits = limits, .window = 131'072});
  }
  return world;
}

std::vector<Limit> all_limits(std::int64_t requests) {
  return {rpm(requests), rpd(requests * 10, DayReset::pacific), tpm(requests * 10'000),
          tpd(requests * 100'000)};
}

/// One request from begin() to succeeded(), at one instant per round.
void serve_one(Bench& bench, benchmark::State& state, const RequestFacts& facts) {
  for (auto _ : state) {
    bench.clock.advance(20ms);
    const Now now = bench.clock.now();
    auto planner = bench.router.begin(bench.index, facts, now);
    auto step = planner.next(now);
    benchmark::DoNotOptimize(step);
    planner.sent(now);
    planner.succeeded({.prompt_tokens = 50, .completion_tokens = 50, .total_tokens = 100}, {}, now);
  }
}

void WholeRequest_TinyTable(benchmark::State& state) {
  World world;
  world.model(world.platform("local", {.keys = 0, .keyless = true, .custom = true}), "m");
  Bench bench{world, RoutingOptions{}};
  serve_one(bench, state, Bench::ask());
}
BENCHMARK(WholeRequest_TinyTable);

void WholeRequest_TinyTableWithLimitsAndSession(benchmark::State& state) {
  World world;
  world.model(world.platform("a"), "m", {.limits = all_limits(1'000'000)});
  Bench bench{world, RoutingOptions{}};
  auto facts = Bench::ask();
  facts.first_user_message = "a first message of ordinary length, as people write them";
  facts.assistant_turn = true;
  serve_one(bench, state, facts);
}
BENCHMARK(WholeRequest_TinyTableWithLimitsAndSession);

void Decision_300Routes3Keys_FirstServes(benchmark::State& state) {
  Bench bench{big_table(300, all_limits(1'000'000)), RoutingOptions{}};
  serve_one(bench, state, Bench::ask());
}
BENCHMARK(Decision_300Routes3Keys_FirstServes);

/// Exhausts the first `spent` models, then decides without concluding (the lease is dropped).
void decide_behind(benchmark::State& state, int spent, Strategy strategy) {
  auto world = big_table(300, all_limits(1'000'000));
  for (int m = 0; m < spent; ++m) {
    for (auto& limit : world.models[static_cast<std::size_t>(m)].limits) limit.count = 0;
  }
  RoutingOptions options;
  options.strategy = strategy;
  Bench bench{world, options};
  for (auto _ : state) {
    bench.clock.advance(20ms);
    const Now now = bench.clock.now();
    auto planner = bench.router.begin(bench.index, Bench::ask(), now);
    auto step = planner.next(now);
    benchmark::DoNotOptimize(step);
  }
}
void Decision_300Routes3Keys_30thServes(benchmark::State& state) {
  decide_behind(state, 29, Strategy::priority);
}
BENCHMARK(Decision_300Routes3Keys_30thServes);
void Decision_300Routes3Keys_100thServes(benchmark::State& state) {
  decide_behind(state, 99, Strategy::priority);
}
BENCHMARK(Decision_300Routes3Keys_100thServes);
void Decision_300Routes3Keys_LastServes(benchmark::State& state) {
  decide_behind(state, 299, Strategy::priority);
}
BENCHMARK(Decision_300Routes3Keys_LastServes);
void Decision_300Routes3Keys_NoneServes(benchmark::State& state) {
  decide_behind(state, 300, Strategy::priority);
}
BENCHMARK(Decision_300Routes3Keys_NoneServes);
/// All 900 candidates exhausted by use, as after a busy day, not by a limit of zero.
void Decision_300Routes3Keys_AllUsedUp(benchmark::State& state) {
  Bench bench{
      big_table(300, {rpm(2), rpd(1'000'000, DayReset::pacific), tpm(1'000'000), tpd(100'000'000)}),
      RoutingOptions{}};
  while (bench.serve()) {
  }
  for (auto _ : state) {
    bench.clock.advance(1us);
    const Now now = bench.clock.now();
    auto planner = bench.router.begin(bench.index, Bench::ask(), now);
    auto step = planner.next(now);
    benchmark::DoNotOptimize(step);
  }
}
BENCHMARK(Decision_300Routes3Keys_AllUsedUp);

/// One model in the middle serves while everything before it is used up: bookings change one
/// platform's state between decisions, as in real life.
void WholeRequest_300Routes3Keys_Behind897UsedUp(benchmark::State& state) {
  auto world = big_table(300, {rpm(2), tpm(1'000'000)});
  world.models.back().limits = all_limits(1'000'000'000);
  Bench bench{world, RoutingOptions{}};
  for (int i = 0; i < 299 * 3 * 2; ++i) bench.serve();
  for (auto _ : state) {
    bench.clock.advance(1us);
    const Now now = bench.clock.now();
    auto planner = bench.router.begin(bench.index, Bench::ask(), now);
    auto step = planner.next(now);
    benchmark::DoNotOptimize(step);
    planner.sent(now);
    planner.succeeded({.prompt_tokens = 50, .completion_tokens = 50, .total_tokens = 100}, {}, now);
    benchmark::DoNotOptimize(planner.take_record());
  }
}
BENCHMARK(WholeRequest_300Routes3Keys_Behind897UsedUp);

void Decision_300Routes3Keys_Balanced(benchmark::State& state) {
  decide_behind(state, 0, Strategy::balanced);
}
BENCHMARK(Decision_300Routes3Keys_Balanced);

/// The ledger alone: check, book, restamp and settle of four limits.
void Ledger_CheckBookSettle(benchmark::State& state) {
  QuotaScope scope;
  std::vector<LimitRef> limits;
  for (const auto& limit : all_limits(1'000'000'000))
    limits.push_back({&scope.find_or_add(limit, 1h), limit.count});
  const LaneQuota lane{limits, {&scope}};
  ManualClock clock;
  Booking booking;
  for (auto _ : state) {
    clock.advance(1ms);
    const QuotaNeed need{.prompt_tokens = 100, .output_tokens = 100};
    benchmark::DoNotOptimize(check_quota(lane, need, clock.now()));
    book(lane, need, clock.now(), clock.now(), booking);
    settle(booking, 1, 150, {}, clock.now());
  }
}
BENCHMARK(Ledger_CheckBookSettle);

void StickyKey_Of(benchmark::State& state) {
  const std::string message(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(sticky_key("client", "", message));
}
BENCHMARK(StickyKey_Of)->Arg(50)->Arg(1'024)->Arg(32'768);

void Explain_TinyTable(benchmark::State& state) {
  World world;
  world.model(world.platform("a"), "m", {.limits = all_limits(1'000'000)});
  Bench bench{world, RoutingOptions{}};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.succeeded(used(100), {}, bench.clock.now());
  const auto record = planner.take_record();
  for (auto _ : state) benchmark::DoNotOptimize(to_json(record));
}
BENCHMARK(Explain_TinyTable);

}  // namespace
}  // namespace freellm::routing
