#pragma once
// A wait for nothing but time, that can be given up.

#include "freellm/base/clock.hpp"
#include "freellm/net/abort.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/worker.hpp"

namespace freellm::net {

/// Waits until `until` (true) or until `abort` is fired (false). Both references outlive the task.
Task<bool> pause(Worker& worker, SteadyTime until, Abort& abort);

}  // namespace freellm::net
