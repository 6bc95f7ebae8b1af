#pragma once
// Asks a provider whether a key is good: sends the adapter's probes until one is conclusive.

#include <string>

#include "freellm/catalog/types.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/worker.hpp"
#include "freellm/provider/adapter.hpp"

namespace freellm::proxy {

enum class ProbeCost : std::uint8_t {
  any,
  free_only,  ///< questions that take no quota: those without a body
};

struct ProbedKey : provider::KeyCheck {
  /// False when no host answered at all: `reason` is then about the network, not about the key.
  bool reached = true;
};

/// Never fails: what cannot be found out is inconclusive, with the reason. The platform, model, key
/// and egress must outlive the task.
net::Task<ProbedKey> probe_key(net::Worker& worker, const catalog::Platform& platform,
                               const catalog::Model& model, std::string_view key,
                               const wire::Egress& egress, ProbeCost cost = ProbeCost::any);

/// Whether a key of the platform can be checked without taking quota.
[[nodiscard]] bool has_free_probe(const catalog::Platform& platform);

}  // namespace freellm::proxy
