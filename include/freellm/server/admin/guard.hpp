#pragma once
// What a request to /api must show before it is let in: judged from the head alone, on the I/O
// thread, before a byte of the body is read. Pure functions, thread-safe.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::server::admin {

inline constexpr std::string_view kSessionCookie = "freellmapi_session";

/// Against DNS rebinding: a page of a stranger's site can make its own name resolve to us, but the
/// browser then sends that name. Allowed are IP literals, localhost and names below it, and
/// `names`.
[[nodiscard]] bool is_allowed_host(std::string_view host_header,
                                   std::span<const std::string> names);

/// True when there is no Origin, or one whose host and port are those of Host.
[[nodiscard]] bool is_own_origin(const wire::HeaderList& headers);

/// The value of the cookie `name`.
[[nodiscard]] std::optional<std::string_view> cookie(const wire::HeaderList& headers,
                                                     std::string_view name);

/// GET and HEAD change nothing and need no CSRF token.
[[nodiscard]] bool is_safe_method(std::string_view method);

}  // namespace freellm::server::admin
