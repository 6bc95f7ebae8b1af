// Every invariant is worth something only if it notices when the rule behind it is broken: each
// mutant breaks one rule of the router and must be caught by the invariant that guards it.
#include <gtest/gtest.h>

#include <algorithm>

#include "routing/mutation.hpp"
#include "sim/day.hpp"

namespace freellm::sim {
namespace {

using routing::Mutation;

constexpr int kSeeds = 120;

struct Mutant {
  const char* name;
  Mutation mutation;
  Invariant guard;
};

constexpr Mutant kMutants[] = {
    {"ignore_request_limits", Mutation::ignore_request_limits, Invariant::no_overrun},
    {"ignore_token_limits", Mutation::ignore_token_limits, Invariant::no_overrun},
    {"ignore_key_scope", Mutation::ignore_key_scope, Invariant::no_overrun},
    {"forget_settled_usage", Mutation::forget_settled_usage, Invariant::no_overrun},
    {"release_at_booking_time", Mutation::release_at_booking_time, Invariant::no_overrun},
    {"utc_for_pacific", Mutation::utc_for_pacific, Invariant::no_overrun},
    {"refund_refused_requests", Mutation::refund_refused_requests, Invariant::no_overrun},
    {"forget_open_leases", Mutation::forget_open_leases, Invariant::no_overrun},
    {"new_day_on_backward_step", Mutation::new_day_on_backward_step, Invariant::no_overrun},
    {"give_up_after_first_failure", Mutation::give_up_after_first_failure,
     Invariant::no_false_refusal},
    {"bench_client_faults", Mutation::bench_client_faults, Invariant::no_false_refusal},
    {"cooldowns_never_end", Mutation::cooldowns_never_end, Invariant::top_route_returns},
    {"never_decay", Mutation::never_decay, Invariant::top_route_returns},
    {"retry_after_one_second", Mutation::retry_after_one_second, Invariant::right_retry_after},
    {"ignore_stated_times", Mutation::ignore_stated_times, Invariant::stated_times_hold},
    {"blame_the_provider", Mutation::blame_the_provider, Invariant::client_fault_shown},
};

class Mutants : public ::testing::TestWithParam<Mutant> {
 protected:
  void TearDown() override { routing::active_mutation = Mutation::none; }
};

TEST_P(Mutants, IsCaughtByItsGuard) {
  routing::active_mutation = GetParam().mutation;
  int caught = 0;
  int seed = 0;
  while (caught == 0 && seed < kSeeds) {
    const Report day = simulate_day(static_cast<std::uint64_t>(++seed));
    caught = day.breaches[static_cast<std::size_t>(GetParam().guard)];
  }

  EXPECT_GT(caught, 0) << "no day of " << kSeeds << " noticed";
  RecordProperty("first_day", seed);
}

TEST(Mutants, TheUnchangedRouterIsNotCaught) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(simulate_day(seed).total_breaches(), 0) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, Mutants, ::testing::ValuesIn(kMutants),
                         [](const auto& tested) { return std::string{tested.param.name}; });

}  // namespace
}  // namespace freellm::sim
