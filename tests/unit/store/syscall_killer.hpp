#pragma once
// Kills a piece of work with SIGKILL before a chosen system call of it: every state that a crash
// can leave on the disk lies between two system calls, so this reaches the narrow ones that a timer
// never hits.

#include <functional>

namespace freellm::store {

/// Runs `work` in a child process, which must have one thread, until it enters its `limit`-th
/// system call, and kills it there. Returns the number of system calls it made when it ended by
/// itself (that is, `limit` was not reached), 0 when it was killed, -1 when tracing is forbidden
/// here. `work` returns false for a failure, which ends the test.
[[nodiscard]] long run_until_syscall(const std::function<bool()>& work, long limit);

}  // namespace freellm::store
