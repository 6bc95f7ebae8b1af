// A refusal is remembered only as long as it is true.
#include <gtest/gtest.h>

#include "freellm/base/random.hpp"
#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {
namespace {

World one(std::vector<Limit> limits) {
  World world;
  world.model(world.platform("a"), "m", {.limits = std::move(limits)});
  return world;
}

TEST(RememberedRefusal, EndsAtTheInstantItNamed) {
  Bench bench{one({rpm(1)})};
  ASSERT_TRUE(bench.serve());
  const auto first = bench.refusal();

  bench.clock.advance(*first.retry_after - 1ms);
  EXPECT_EQ(bench.refusal().http_status, 429);
  bench.clock.advance(1ms);

  EXPECT_TRUE(bench.serve());
}

TEST(RememberedRefusal, ARefundEndsIt) {
  Bench bench{one({rpm(1)})};
  auto first = bench.begin();
  static_cast<void>(first.next(bench.clock.now()));
  ASSERT_EQ(bench.refusal().http_status, 429);

  first.failed(failure(FailureClass::bad_request), {}, bench.clock.now());

  EXPECT_TRUE(bench.serve());
}

TEST(RememberedRefusal, IsAboutRequestsOfThatSize) {
  Bench bench{one({tpm(1'000)})};
  ASSERT_TRUE(bench.serve(Bench::ask("auto", 500, 300), 800));

  EXPECT_EQ(bench.refusal(Bench::ask("auto", 200, 100)).http_status, 429);
  EXPECT_TRUE(bench.serve(Bench::ask("auto", 50, 50), 100));
  EXPECT_EQ(bench.refusal(Bench::ask("auto", 200, 100)).http_status, 429);
  EXPECT_EQ(bench.refusal(Bench::ask("auto", 2'000, 100)).http_status, 400) << "never fits";
}

TEST(RememberedRefusal, ClearingByHandEndsIt) {
  Bench bench{one({})};
  auto planner = bench.begin();
  static_cast<void>(planner.next(bench.clock.now()));
  planner.failed(failure(FailureClass::daily_quota, Scope::key, 429, 6h), {}, bench.clock.now());
  ASSERT_EQ(bench.refusal().http_status, 429);

  bench.router.clear_all(bench.clock.now());

  EXPECT_TRUE(bench.serve());
}

TEST(RememberedRefusal, AWallClockThatIsSetForwardEndsADay) {
  Bench bench{one({rpd(1, DayReset::utc)})};
  ASSERT_TRUE(bench.serve());
  ASSERT_EQ(bench.refusal().http_status, 429);

  bench.clock.set_wall(bench.clock.now().wall + 24h);

  EXPECT_TRUE(bench.serve());
}

/// Compares what a warm index remembers with what a new one finds out.
class WarmAndCold {
 public:
  explicit WarmAndCold(std::uint64_t seed) : random_(seed), bench_(make_world(), options()) {}

  void step() {
    switch (random_.below(7)) {
      case 0:
        bench_.clock.advance(Millis{random_.below(20'000)});
        break;
      case 1:
        bench_.clock.advance(Millis{1});
        break;
      case 2:
        bench_.router.clear({Scope::platform, {PlatformId{1}, {}, {}}}, ClearWhat::cooldown,
                            bench_.clock.now());
        break;
      case 3:
        if (!running_.empty()) finish();
        break;
      default:
        start();
    }
    static_cast<void>(look(100));
  }

  void compare(std::int64_t tokens) {
    const auto warm = look(tokens);
    const auto warm_index = bench_.index;
    bench_.index = bench_.router.attach(table_, options());
    const auto cold = look(tokens);
    ASSERT_EQ(warm.size(), cold.size());
    for (std::size_t i = 0; i < warm.size(); ++i) {
      const Verdict& a = warm[i];
      const Verdict& b = cold[i];
      ASSERT_EQ(to_string(a.kind), to_string(b.kind)) << describe(a, {}) << describe(b, {});
      ASSERT_EQ(a.free_at, b.free_at) << describe(a, bench_.clock.now().steady);
      ASSERT_EQ(describe(a, bench_.clock.now().steady), describe(b, bench_.clock.now().steady));
      ASSERT_EQ(a.used, b.used);
      ASSERT_EQ(a.limit, b.limit);
    }
    bench_.index = warm_index;
  }

 private:
  /// Bookings that move when they are sent: that, too, must be noticed.
  static RoutingOptions options() {
    auto options = Bench::plain_options();
    options.dispatch_allowance = 3s;
    options.arrival_guard = 250ms;
    return options;
  }
  World make_world() {
    World world;
    const auto a = world.platform("a", {.keys = 2, .limits = {rpm(7, Scope::key)}});
    world.model(a, "a1", {.limits = {rpm(3), tpm(2'000), rpd(9, DayReset::utc)}});
    world.model(a, "a2", {.limits = {rpm(2), in_flight(2, Scope::model_key)}});
    const auto b = world.platform("b", {.limits = {tpm(1'500, Scope::platform)}});
    world.model(b, "b1", {.limits = {rpd(6, DayReset::pacific)}});
    table_ = world.table();
    return world;
  }
  RequestFacts request() {
    return Bench::ask("auto", 50 + static_cast<std::int64_t>(random_.below(600)),
                      static_cast<std::int64_t>(random_.below(300)));
  }
  void start() {
    auto planner = bench_.begin(request());
    if (!std::holds_alternative<Attempt>(planner.next(bench_.clock.now()))) return;
    if (random_.below(2) == 0) planner.sent(bench_.clock.now());
    running_.push_back(std::move(planner));
  }
  void finish() {
    auto planner = std::move(running_.front());
    running_.erase(running_.begin());
    const Now now = bench_.clock.now();
    switch (random_.below(6)) {
      case 0:
        return planner.failed(
            failure(FailureClass::rate_limited, Scope::model_key, 429, Millis{5'000}), {}, now);
      case 1:
        return planner.failed(failure(FailureClass::rate_limited, Scope::key, 429), {}, now);
      case 2:
        return planner.failed(failure(FailureClass::provider_error, Scope::platform, 503), {}, now);
      case 3: {
        const chat::LimitObservation said{.limit = 3 + static_cast<std::int64_t>(random_.below(3)),
                                          .remaining = static_cast<std::int64_t>(random_.below(3)),
                                          .resets_in = Millis{7'000}};
        planner.observed({&said, 1}, now);
        return planner.succeeded(used(200), {}, now);
      }
      default:
        return planner.succeeded(used(static_cast<std::int64_t>(random_.below(900))), {}, now);
    }
  }
  std::vector<Verdict> look(std::int64_t tokens) {
    std::vector<Verdict> found;
    for (const auto& model : table_->models()) {
      for (const auto& key : table_->keys(model.platform)) {
        found.push_back(bench_.router.next_available(
            *bench_.index, {model.platform, model.id, key.id}, tokens, bench_.clock.now()));
      }
    }
    return found;
  }

  SeededRandom random_;
  std::shared_ptr<const catalog::RouteTable> table_;
  Bench bench_;
  std::vector<AttemptPlanner> running_;
};

TEST(RememberedRefusal, IsWhatANewLookWouldFind) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    WarmAndCold both{seed};
    for (int i = 0; i < 200; ++i) {
      both.step();
      if (i % 5 == 4) both.compare(i % 10 == 4 ? 100 : 700);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace freellm::routing::testing
