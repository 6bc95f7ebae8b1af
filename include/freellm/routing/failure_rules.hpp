#pragma once
// What each class of failure rules out, for this request and for later ones: one table, so that the
// rules can be read (and argued about) in one place. Facts behind it: the providers' documented and
// observed answers.

#include <cstdint>

#include "freellm/chat/upstream_failure.hpp"

namespace freellm::routing {

/// What is left out for the rest of this request.
enum class RuleOut : std::uint8_t {
  by_scope,        ///< whatever scope the failure named
  key,             ///< siblings of the key may serve
  model,           ///< this model on this platform
  platform,        ///< the whole platform
  smaller_models,  ///< this model and every one whose window is not larger
  everything,      ///< the answer is the client's: stop
};

/// How later requests are kept away.
enum class Ladder : std::uint8_t {
  none,
  rate,      ///< 90 s, 2 min, 10 min unless the provider stated a time
  busy,      ///< 30, 60, 90 s
  day,       ///< until the day starts over if we know when, else 10 min
  month,     ///< until the 1st, looked at again once a day
  fault,     ///< 30 s, doubled up to 10 min
  slow,      ///< 30, 60, 90 s: a slow answer never climbs the quota ladder
  blocked,   ///< 5, 10 min
  key,       ///< 90 s, 2 min, 10 min
  standing,  ///< 10 min, 1 h, 6 h, 24 h, each rung confirmed by a probe
};

/// Who is to blame when nothing else could serve: decides the client's status.
enum class Blame : std::uint8_t { client, size, content, rate, upstream, timeout, nobody };

struct FailureRule {
  RuleOut rule_out;
  Ladder ladder;
  Blame blame;
  int penalty;  ///< points; for rate answers RoutingOptions::penalty_per_rate_limit is used instead
  bool second_chance;  ///< may be tried once more in this request when nothing else is left
};

[[nodiscard]] const FailureRule& rule_for(chat::FailureClass failure);

}  // namespace freellm::routing
