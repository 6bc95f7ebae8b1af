#pragma once
// Asks a provider whether a key is good: sends the adapter's probes until one is conclusive.

#include <string>

#include "freellm/catalog/types.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/worker.hpp"
#include "freellm/provider/adapter.hpp"

namespace freellm::proxy {

/// Never fails: what cannot be found out is inconclusive, with the reason. The platform, model and
/// key must outlive the task.
net::Task<provider::KeyCheck> probe_key(net::Worker& worker, const catalog::Platform& platform,
                                        const catalog::Model& model, std::string_view key);

}  // namespace freellm::proxy
