#pragma once
// The dashboard: its files, and its page under every address that a browser may open it at.

#include <optional>
#include <string_view>

#include "freellm/server/endpoint.hpp"
#include "freellm/wire/http1_request_decoder.hpp"

namespace freellm::server {

/// A file of the dashboard by its path, "/api-docs.html"; nullopt when the build has none.
[[nodiscard]] std::optional<std::string_view> dashboard_file(std::string_view path);
/// The content policy of its pages.
[[nodiscard]] std::string_view dashboard_policy();

/// The endpoint for a path that the table does not know; null when it is nobody's. Files by their
/// path, the page for any other address that a browser navigates to outside /api and /v1.
[[nodiscard]] const Endpoint* dashboard_endpoint(const wire::RequestHead& head);

/// GET /: the page, or a line that says there is none.
net::Task<void> serve_dashboard(proxy::Exchange& ex, chat::PaddedBuffer body);

}  // namespace freellm::server
