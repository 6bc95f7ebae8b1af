#pragma once
// CPU time and memory of other processes, from /proc. Figures are sums over the given processes.

#include <chrono>
#include <cstddef>
#include <vector>

namespace load {

/// User + system time of all threads, in the scheduler's nanosecond count. Threads that have ended
/// are missing.
[[nodiscard]] std::chrono::nanoseconds cpu_time(const std::vector<int>& pids);

/// Resident memory, KiB.
[[nodiscard]] std::size_t resident_kib(const std::vector<int>& pids);

}  // namespace load
