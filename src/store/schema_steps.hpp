// The SQL of every version of the database, oldest first.
#pragma once

#include <span>

namespace freellm::store {

/// Step n makes version n + 1 of version n.
[[nodiscard]] std::span<const char* const> schema_steps();

}  // namespace freellm::store
