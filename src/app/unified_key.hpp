#pragma once
// The key that clients use, when the environment does not fix it: made once, kept sealed.

#include <memory>

#include "freellm/base/clock.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {

/// "freellmapi-" and 48 hex digits.
[[nodiscard]] Secret new_unified_key();

/// The stored one, or a fresh one that is stored from now on. Fails when the stored one cannot be
/// opened. Blocking.
[[nodiscard]] Result<std::shared_ptr<const Secret>> obtain_unified_key(store::Store& store,
                                                                       Now now);

}  // namespace freellm::app
