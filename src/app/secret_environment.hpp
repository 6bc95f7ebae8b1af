#pragma once
// Secrets that came by the environment.

#include "freellm/app/config.hpp"

namespace freellm::app {

/// Overwrites the values of every variable that holds a secret, in `environment` and in the
/// process's own environment, where /proc and a core file would show them as long as it runs. Call
/// it on the main thread when all of them have been read.
void forget_secrets(Environment& environment, const Config& config);

}  // namespace freellm::app
