#pragma once
// Daemon: builds everything, owns everything, drains everything.

#include <cstdint>
#include <memory>
#include <string>

#include "freellm/app/config.hpp"

namespace freellm::app {

/// Exit codes of the process.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// Runs the daemon until a signal ends it; returns the exit code. Must be called on the main thread
/// before any other thread exists, because it takes the signals. `flags` are kept for SIGHUP;
/// the secrets in `environment` are overwritten once they have been read, so pass the only copy.
int serve(const Flags& flags, Environment environment);

}  // namespace freellm::app
