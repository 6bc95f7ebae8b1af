#pragma once
// The random world of one seed: what is configured, and what the platforms keep to themselves.

#include <map>
#include <memory>
#include <optional>

#include "freellm/base/random.hpp"
#include "freellm/catalog/route_table.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::sim {

struct Temper {
  double refuses_connection = 0;  ///< probability per request, while in trouble
  double breaks = 0;              ///< 5xx
  double cuts = 0;                ///< the answer ends early
  double stalls = 0;              ///< no answer until the time-out
  std::int64_t hidden_rpm = 0;    ///< a limit nobody was told about; 0 = none
  bool states_retry_after = true;
};

struct DayWorld {
  std::shared_ptr<const catalog::RouteTable> table;
  std::map<PlatformId, Temper> tempers;
};

[[nodiscard]] DayWorld make_world(SeededRandom& random);

}  // namespace freellm::sim
