#pragma once
// When stored keys are checked by themselves, and what a check's outcome means for what is known of
// a key. Pure over values: `now` and the seed of the jitter are parameters.
//
// Checks are spread: every key has its own moment within a tenth of the interval, and one
// platform's keys are never asked close together, because bursts have got accounts suspended.

#include <map>
#include <optional>
#include <span>
#include <string>

#include "freellm/base/clock.hpp"
#include "freellm/base/ids.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/proxy/key_probe.hpp"

namespace freellm::server::admin {

struct CheckSubject {
  KeyId key;
  PlatformId platform;
  WallTime since;    ///< the last check, else when it was added
  int refusals = 0;  ///< refused checks in a row
};

struct CheckPlan {
  std::optional<KeyId> due;
  Millis look_again{};  ///< ask for a plan again after this long, at the latest
};

/// `interval` 0 = never. `last` is when each platform was last asked.
[[nodiscard]] CheckPlan plan_checks(std::span<const CheckSubject> subjects,
                                    const std::map<PlatformId, WallTime>& last, Millis interval,
                                    std::uint64_t seed, WallTime now);

/// Refusals in a row after which a periodic check takes a key for bad.
inline constexpr int kRefusalsToCondemn = 3;

enum class CheckKind : std::uint8_t {
  asked,     ///< by a person or for a new key: the answer counts at once
  periodic,  ///< a single refusal may be an edge's bad day
};

struct KeyStanding {
  catalog::KeyState state = catalog::KeyState::unknown;
  std::string reason;
  int refusals = 0;
};

/// What is known after a check. What could not be found out leaves an earlier verdict as it is.
[[nodiscard]] KeyStanding after_check(const KeyStanding& before, const proxy::ProbedKey& check,
                                      CheckKind kind);

}  // namespace freellm::server::admin
