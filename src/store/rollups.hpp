#pragma once
// Adds up a batch of requests before it touches the rollup tables: many rows, few cells. Private to
// the store.

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <tuple>

#include "freellm/base/result.hpp"
#include "freellm/store/records.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

/// Adds `records` to the minute, hour and day cells of their routes.
[[nodiscard]] Status add_to_rollups(Db& db, std::span<const RequestRecord> records);

}  // namespace freellm::store
