#pragma once
// The stored routing record (routing::to_json) as the dashboard reads it: ids beside names, and the
// request's row for what the record leaves out. Private to the admin sources.

#include "request_json.hpp"

namespace freellm::server::admin {

/// Explain of the description; null when the record is gone or cannot be read. `attempts` are those
/// of the log; the times to their first tokens are added to them.
[[nodiscard]] Json explain_json(const catalog::RouteTable& table,
                                const store::LoggedRequest& logged, Json& attempts);

}  // namespace freellm::server::admin
