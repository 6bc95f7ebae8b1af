#pragma once
// One request as /api shows it, in the log and in the live feed. Private to the admin sources.

#include "freellm/catalog/route_table.hpp"
#include "freellm/server/admin/services.hpp"
#include "freellm/store/usage_log.hpp"
#include "json.hpp"

namespace freellm::server::admin {

/// What turns ids into names and tokens into money.
struct RowContext {
  const catalog::RouteTable& table;
  ReferencePrice price;
};

[[nodiscard]] std::string_view outcome_of(const store::LoggedRequest& logged);
/// RequestRow of the description. A status of 0 is a request that still runs.
[[nodiscard]] Json row_json(const RowContext& cx, const store::LoggedRequest& logged);
/// Attempt of the description; `index` counts from 0.
[[nodiscard]] Json attempt_json(const catalog::RouteTable& table,
                                const store::FailedAttempt& attempt, std::size_t index);
/// All attempts, the one that served last.
[[nodiscard]] Json attempts_json(const catalog::RouteTable& table,
                                 const store::LoggedRequest& logged);

}  // namespace freellm::server::admin
