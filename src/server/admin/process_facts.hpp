#pragma once
// What Linux tells of this process; zeros where it does not. Private to the admin sources.

#include <cstdint>

namespace freellm::server::admin {

struct ProcessFacts {
  double cpu_seconds = 0;
  double start_seconds = 0;  ///< since 1970
  std::int64_t resident_bytes = 0;
  std::int64_t virtual_bytes = 0;
  std::int64_t open_fds = 0;
  std::int64_t max_fds = 0;
};

[[nodiscard]] ProcessFacts process_facts();

}  // namespace freellm::server::admin
