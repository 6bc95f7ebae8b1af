#include "sim/day_world.hpp"

#include "unit/routing/kit.hpp"

namespace freellm::sim {
namespace {

using namespace routing::testing;

bool chance(SeededRandom& random, double probability) { return random.uniform01() < probability; }

std::int64_t between(SeededRandom& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

DayReset some_reset(SeededRandom& random) { return static_cast<DayReset>(random.below(3)); }

std::vector<Limit> shared_limits(SeededRandom& random) {
  std::vector<Limit> limits;
  if (chance(random, 0.3)) limits.push_back(rpm(between(random, 5, 40), Scope::key));
  if (chance(random, 0.3))
    limits.push_back(rpd(between(random, 30, 200), some_reset(random), Scope::key));
  if (chance(random, 0.2)) limits.push_back(in_flight(between(random, 1, 4)));
  if (chance(random, 0.15)) limits.push_back(rpm(between(random, 10, 50), Scope::platform));
  return limits;
}

std::vector<Limit> model_limits(SeededRandom& random) {
  std::vector<Limit> limits;
  if (chance(random, 0.8)) limits.push_back(rpm(between(random, 2, 30)));
  if (chance(random, 0.5)) limits.push_back(rpd(between(random, 20, 150), some_reset(random)));
  if (chance(random, 0.5)) limits.push_back(tpm(between(random, 4'000, 20'000)));
  if (chance(random, 0.3))
    limits.push_back(tpd(between(random, 40'000, 200'000), some_reset(random)));
  return limits;
}

Temper some_temper(SeededRandom& random) {
  Temper temper;
  if (chance(random, 0.5)) {
    temper.refuses_connection = 0.1 * random.uniform01();
    temper.breaks = 0.15 * random.uniform01();
    temper.cuts = 0.05 * random.uniform01();
    temper.stalls = 0.03 * random.uniform01();
  }
  if (chance(random, 0.3)) temper.hidden_rpm = between(random, 2, 15);
  temper.states_retry_after = chance(random, 0.6);
  return temper;
}

}  // namespace

DayWorld make_world(SeededRandom& random) {
  World world;
  DayWorld out;
  const auto platforms = between(random, 2, 5);
  for (std::int64_t p = 0; p < platforms; ++p) {
    const auto name = "p" + std::to_string(p);
    const auto id = world.platform(
        name, {.keys = static_cast<int>(between(random, 1, 3)), .limits = shared_limits(random)});
    const auto models = between(random, 1, 3);
    for (std::int64_t m = 0; m < models; ++m) {
      world.model(id, name + "-m" + std::to_string(m), {.limits = model_limits(random)});
    }
    out.tempers[id] = some_temper(random);
  }
  // The user's order is not by platform.
  for (std::size_t i = world.models.size(); i > 1; --i) {
    std::swap(world.models[i - 1].position, world.models[random.below(i)].position);
  }
  out.table = world.table();
  return out;
}

}  // namespace freellm::sim
