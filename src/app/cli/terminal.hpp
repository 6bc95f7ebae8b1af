#pragma once
// Secrets from standard input.

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"

namespace freellm::app {

/// The first line of standard input, without its end. From a terminal it is asked for with `prompt`
/// and not echoed, even when the command is interrupted. Fails when there is no line or when it is
/// longer than 64 KiB.
[[nodiscard]] Result<Secret> read_secret(const char* prompt);

/// Likewise for a secret that nobody can look up afterwards: a terminal asks twice.
[[nodiscard]] Result<Secret> read_new_secret(const char* prompt);

}  // namespace freellm::app
