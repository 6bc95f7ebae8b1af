#pragma once
// Signals as values: blocked everywhere, waited for by the main thread.

#include <functional>

#include "freellm/base/clock.hpp"

namespace freellm::app {

enum class SignalKind { stop, reload };

/// Blocks SIGTERM, SIGINT and SIGHUP in this thread and all it starts, and ignores SIGPIPE.
void take_signals();

/// Waits for one of them.
[[nodiscard]] SignalKind wait_for_signal();

/// Waits until `done` holds or `limit` has passed; true when it holds. A further stop signal ends
/// the process at once.
[[nodiscard]] bool wait_until(const std::function<bool()>& done, Millis limit);

}  // namespace freellm::app
