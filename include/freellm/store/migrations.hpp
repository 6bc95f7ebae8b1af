#pragma once
// The schema, as numbered steps. Each runs once, in a transaction of its own together with the new
// number (PRAGMA user_version), so a crash leaves either the old or the new schema.

#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

/// "FLLM": tells our databases from other SQLite files (PRAGMA application_id).
inline constexpr int kApplicationId = 0x464C4C4D;

/// The version this build writes and reads.
[[nodiscard]] int schema_version();

/// Refuses a foreign file and a newer schema, changing nothing. An empty database passes.
[[nodiscard]] Status check_schema(Db& db);

/// check_schema(), then every step that is missing up to `target`.
[[nodiscard]] Status migrate(Db& db, int target = schema_version());

}  // namespace freellm::store
