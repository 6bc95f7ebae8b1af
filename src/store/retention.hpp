#pragma once
// One bounded step of each clean-up; true = more is left. Private to the store.

#include <cstdint>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

/// Moves journal rows that no sliding window needs any more into sums per UTC day.
[[nodiscard]] Result<bool> compact_journal(Db& db, WallTime now, std::int64_t limit);
/// Cooldowns that are over, limits nobody has stated for a month, penalties of the day before.
/// Never more rows than there are routes.
[[nodiscard]] Status forget_old_notes(Db& db, WallTime now);

}  // namespace freellm::store
