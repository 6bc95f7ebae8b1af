// The table of everything the daemon answers to.
#include <array>

#include "admin/resources.hpp"
#include "freellm/proxy/chat_endpoint.hpp"
#include "freellm/proxy/model_endpoints.hpp"
#include "freellm/server/admin/serve.hpp"
#include "freellm/server/endpoint.hpp"
#include "health.hpp"
#include "static/dashboard.hpp"

namespace freellm::server {
namespace {

constexpr auto kOpen = Protection::admin_open;
constexpr auto kLogIn = Protection::admin_log_in;
constexpr auto kSession = Protection::admin_session;

constexpr Endpoint api(std::string_view method, std::string_view path, Protection protection,
                       admin::Handler handler) {
  return {.method = method,
          .path = path,
          .protection = protection,
          .handler = nullptr,
          .admin = handler};
}

}  // namespace

std::span<const Endpoint> endpoints() {
  // Literal paths stand before patterns that would match them too.
  static constexpr std::array kEndpoints{
      Endpoint{.method = "POST",
               .path = "/v1/chat/completions",
               .handler = &proxy::serve_chat,
               .watches = true},
      Endpoint{"GET", "/v1/models", Protection::client_key, &proxy::serve_model_list},
      Endpoint{"GET", "/v1/models/{id}", Protection::client_key, &proxy::serve_model},
      Endpoint{"GET", "/v1/availability", Protection::client_key, &proxy::serve_availability},
      Endpoint{"GET", "/v1/requests/{id}/explain", Protection::client_key, &proxy::serve_explain},

      api("GET", "/api/auth/status", kOpen, &admin::auth_status),
      api("POST", "/api/auth/setup", kLogIn, &admin::auth_setup),
      api("POST", "/api/auth/login", kLogIn, &admin::auth_login),
      api("POST", "/api/auth/logout", kSession, &admin::auth_logout),
      api("POST", "/api/auth/logout-all", kSession, &admin::auth_logout_all),
      api("POST", "/api/auth/password", kSession, &admin::auth_password),
      api("GET", "/api/auth/sessions", kSession, &admin::auth_sessions),
      api("DELETE", "/api/auth/sessions/{id}", kSession, &admin::auth_end_session),

      api("GET", "/api/keys", kSession, &admin::list_keys),
      api("POST", "/api/keys", kSession, &admin::add_keys),
      api("POST", "/api/keys/import", kSession, &admin::import_keys),
      api("POST", "/api/keys/export", kSession, &admin::export_keys),
      api("POST", "/api/keys/{id}/restore", kSession, &admin::restore_key),
      api("POST", "/api/keys/{id}/test", kSession, &admin::test_key),
      api("PATCH", "/api/keys/{id}", kSession, &admin::patch_key),
      api("DELETE", "/api/keys/{id}", kSession, &admin::delete_key),

      api("GET", "/api/custom-endpoints", kSession, &admin::list_endpoints),
      api("POST", "/api/custom-endpoints", kSession, &admin::add_endpoint),
      Endpoint{"POST", "/api/custom-endpoints/{id}/discover", kSession, &admin::serve_discovery},
      api("PATCH", "/api/custom-endpoints/{id}", kSession, &admin::patch_endpoint),
      api("DELETE", "/api/custom-endpoints/{id}", kSession, &admin::delete_endpoint),

      api("GET", "/api/platforms", kSession, &admin::list_platforms),
      api("PATCH", "/api/platforms/{id}", kSession, &admin::patch_platform),
      api("GET", "/api/models", kSession, &admin::list_models),
      api("GET", "/api/models/{id}", kSession, &admin::get_model),
      api("PATCH", "/api/models/{id}", kSession, &admin::patch_model),
      api("GET", "/api/fallback", kSession, &admin::get_fallback),
      api("PUT", "/api/fallback", kSession, &admin::put_fallback),

      api("GET", "/api/settings", kSession, &admin::get_settings),
      api("PATCH", "/api/settings", kSession, &admin::patch_settings),
      api("GET", "/api/api-key", kSession, &admin::get_api_key),
      api("POST", "/api/api-key/reveal", kSession, &admin::reveal_api_key),
      api("POST", "/api/api-key/rotate", kSession, &admin::rotate_api_key),
      api("GET", "/api/quotas", kSession, &admin::get_quotas),
      api("POST", "/api/quotas/clear", kSession, &admin::clear_quotas),
      api("GET", "/api/requests", kSession, &admin::list_requests),
      api("GET", "/api/requests/{id}", kSession, &admin::get_request),
      api("GET", "/api/analytics/summary", kSession, &admin::analytics_summary),
      api("GET", "/api/analytics/timeline", kSession, &admin::analytics_timeline),
      api("GET", "/api/analytics/by-model", kSession, &admin::analytics_by_model),
      api("GET", "/api/analytics/by-platform", kSession, &admin::analytics_by_platform),
      api("GET", "/api/analytics/by-key", kSession, &admin::analytics_by_key),
      api("GET", "/api/analytics/errors", kSession, &admin::analytics_errors),
      Endpoint{"GET", "/api/events", kSession, &admin::serve_events},
      api("GET", "/api/about", kSession, &admin::get_about),
      api("GET", "/api/licenses", kSession, &admin::get_licenses),
      api("GET", "/api/openapi.json", kOpen, &admin::get_description),
      api("GET", "/api/docs", kOpen, &admin::get_docs),

      Endpoint{"GET", "/livez", Protection::none, &serve_live},
      Endpoint{"GET", "/readyz", Protection::none, &serve_ready},
      Endpoint{"GET", "/metrics", Protection::none, &admin::serve_metrics},
      Endpoint{"GET", "/", Protection::none, &serve_dashboard},
  };
  return kEndpoints;
}

}  // namespace freellm::server
