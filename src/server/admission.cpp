#include "admission.hpp"

#include "freellm/server/admin/admin.hpp"
#include "freellm/server/admin/guard.hpp"
#include "freellm/server/admin/serve.hpp"
#include "freellm/server/auth.hpp"

namespace freellm::server {
namespace {

Error http_error(int status, ErrorKind kind, std::string message, std::string code = {}) {
  return Error{.kind = kind,
               .source = ErrorSource::downstream,
               .http_status = status,
               .message = std::move(message),
               .code = std::move(code)};
}

bool is_json_type(std::string_view type) {
  const auto media = wire::trim_ows(type.substr(0, type.find(';')));
  return wire::iequals(media, "application/json") || wire::iequals(media, "text/json") ||
         media.ends_with("+json");
}

Error unsupported_media_type(std::string message) {
  return http_error(415, ErrorKind::bad_request, std::move(message), "unsupported_media_type");
}

Status judge_media_type(const wire::HeaderList& headers) {
  const auto type = headers.find("Content-Type");
  if (type && !is_json_type(*type)) {
    return unsupported_media_type("Send the body as Content-Type: application/json.");
  }
  const auto coding = headers.find("Content-Encoding");
  if (coding && !wire::iequals(*coding, "identity")) {
    return unsupported_media_type("Send the body without Content-Encoding.");
  }
  return {};
}

/// A name that nobody on the internet can own, such as a container's "host.docker.internal".
bool is_private_name(std::string_view host_header) {
  const auto host = host_header.substr(0, host_header.find(':'));
  const bool is_single = !host.empty() && host.find('.') == std::string_view::npos;
  return is_single || host.ends_with(".internal") || host.ends_with(".local");
}

/// Without a key every page in the operator's browser could spend their quota: pages of other
/// sites, and names that were made to point here, are kept out.
Status judge_page(const proxy::Exchange& ex) {
  const auto& headers = ex.head.headers;
  const auto* admin = ex.worker.services.admin;
  const auto host = headers.find("Host").value_or("localhost");
  if (admin != nullptr && !is_private_name(host) && !admin::is_allowed_host(host, admin->hosts())) {
    return http_error(421, ErrorKind::bad_request,
                      "The Host header names another site. Use localhost, an IP address or a name "
                      "listed in server.allowed_hosts.",
                      "host_not_allowed");
  }
  if (ex.cors_origin.empty() && !admin::is_own_origin(headers)) {
    return http_error(403, ErrorKind::bad_request,
                      "Pages of other sites may not use a server without a key. List the origin in "
                      "server.cors_origins.",
                      "origin_not_allowed");
  }
  return {};
}

Status judge_client_key(const proxy::Exchange& ex) {
  if (const Status known = check_client_key(ex.head.headers, *ex.worker.settings); !known)
    return known.error();
  if (ex.worker.settings->require_api_key) {
    ex.worker.metrics.key_used(ex.arrived.wall);
  } else {
    if (const Status allowed = judge_page(ex); !allowed) return allowed.error();
  }
  if (!ex.worker.services.draining.load(std::memory_order_relaxed)) return {};
  auto error =
      http_error(503, ErrorKind::upstream_overloaded, "The server is shutting down.", "draining");
  error.retry_after = Millis{5'000};
  return error;
}

}  // namespace

std::optional<admin::Entry> admin_entry(Protection protection) {
  switch (protection) {
    case Protection::admin_open:
      return admin::Entry::open;
    case Protection::admin_log_in:
      return admin::Entry::log_in;
    case Protection::admin_session:
      return admin::Entry::session;
    case Protection::none:
    case Protection::client_key:
      break;
  }
  return std::nullopt;
}

constexpr std::string_view kOffered =
    "POST /v1/chat/completions, GET /v1/models and GET /v1/availability; embeddings, responses and "
    "plain completions are not offered.";

Status admit(const proxy::Exchange& ex, const Match& match) {
  const auto& head = ex.head;
  if (match.endpoint == nullptr && match.allowed.empty()) {
    return http_error(404, ErrorKind::bad_request,
                      "Unknown path " + head.path + ". There are " + std::string{kOffered},
                      "not_found");
  }
  if (match.endpoint == nullptr) {
    return http_error(405, ErrorKind::bad_request,
                      head.path + " does not take " + head.method + ", only " + match.allowed + ".",
                      "method_not_allowed");
  }
  if (match.endpoint->protection == Protection::client_key) {
    if (const Status known = judge_client_key(ex); !known) return known.error();
  }
  if (const auto entry = admin_entry(match.endpoint->protection)) {
    if (const Status known = admin::admit(ex, *entry); !known) return known.error();
  }
  if (match.endpoint->method != "GET" && head.has_body()) return judge_media_type(head.headers);
  return {};
}

}  // namespace freellm::server
