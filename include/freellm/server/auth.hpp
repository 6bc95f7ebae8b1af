#pragma once
// Who is asking: the unified client key, compared in constant time, never through the database.

#include <optional>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/proxy/context.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::server {

/// The key in `Authorization: Bearer` or, without that field, in `x-api-key`.
[[nodiscard]] std::optional<std::string_view> presented_key(const wire::HeaderList& headers);

/// Unauthorized unless the right key is presented, or none is required.
[[nodiscard]] Status check_client_key(const wire::HeaderList& headers,
                                      const proxy::Settings& settings);

}  // namespace freellm::server
