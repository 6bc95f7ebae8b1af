#pragma once
// Asks a provider whether a stored key is good. Blocking, for the command line.

#include "freellm/app/config.hpp"
#include "freellm/catalog/catalog.hpp"
#include "freellm/proxy/key_probe.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {

[[nodiscard]] Result<proxy::ProbedKey> test_key(store::Store& store,
                                                const catalog::Catalog& catalog,
                                                const store::StoredKey& key, const Config& config);

}  // namespace freellm::app
