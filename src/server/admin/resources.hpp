#pragma once
// The handlers of /api, by resource, and what they share. All run on the admin thread.

#include "freellm/server/admin/admin.hpp"

namespace freellm::server::admin {

// auth_api.cpp
Result<Reply> auth_status(Admin&, const Request&);
Result<Reply> auth_setup(Admin&, const Request&);
Result<Reply> auth_login(Admin&, const Request&);
Result<Reply> auth_logout(Admin&, const Request&);
Result<Reply> auth_logout_all(Admin&, const Request&);
Result<Reply> auth_password(Admin&, const Request&);
Result<Reply> auth_sessions(Admin&, const Request&);
Result<Reply> auth_end_session(Admin&, const Request&);

// keys_api.cpp
Result<Reply> list_keys(Admin&, const Request&);
Result<Reply> add_keys(Admin&, const Request&);
Result<Reply> patch_key(Admin&, const Request&);
Result<Reply> delete_key(Admin&, const Request&);
Result<Reply> restore_key(Admin&, const Request&);
Result<Reply> test_key(Admin&, const Request&);
/// Publishes the event `key`. `change` is one of added, changed, deleted, restored.
void publish_key(Admin&, KeyId id, std::string_view change);

// keys_import_api.cpp, keys_export_api.cpp
Result<Reply> import_keys(Admin&, const Request&);
Result<Reply> export_keys(Admin&, const Request&);

// endpoints_api.cpp
Result<Reply> list_endpoints(Admin&, const Request&);
Result<Reply> add_endpoint(Admin&, const Request&);
Result<Reply> patch_endpoint(Admin&, const Request&);
Result<Reply> delete_endpoint(Admin&, const Request&);

// platforms_api.cpp
Result<Reply> list_platforms(Admin&, const Request&);
Result<Reply> patch_platform(Admin&, const Request&);

// models_api.cpp
Result<Reply> list_models(Admin&, const Request&);
Result<Reply> get_model(Admin&, const Request&);
Result<Reply> patch_model(Admin&, const Request&);

// fallback_api.cpp
Result<Reply> get_fallback(Admin&, const Request&);
Result<Reply> put_fallback(Admin&, const Request&);
/// Raises the version and publishes `fallback`. `change` is one of order, models, platforms.
void publish_fallback(Admin&, std::string_view change);

// settings_api.cpp
Result<Reply> get_settings(Admin&, const Request&);
Result<Reply> patch_settings(Admin&, const Request&);
Result<Reply> get_api_key(Admin&, const Request&);
Result<Reply> reveal_api_key(Admin&, const Request&);
Result<Reply> rotate_api_key(Admin&, const Request&);

// quotas_api.cpp
Result<Reply> get_quotas(Admin&, const Request&);
Result<Reply> clear_quotas(Admin&, const Request&);

// requests_api.cpp
Result<Reply> list_requests(Admin&, const Request&);
Result<Reply> get_request(Admin&, const Request&);

// analytics_api.cpp
Result<Reply> analytics_summary(Admin&, const Request&);
Result<Reply> analytics_timeline(Admin&, const Request&);
Result<Reply> analytics_by_model(Admin&, const Request&);
Result<Reply> analytics_by_platform(Admin&, const Request&);
Result<Reply> analytics_by_key(Admin&, const Request&);
Result<Reply> analytics_errors(Admin&, const Request&);

// metrics_api.cpp
Result<Reply> get_metrics(Admin&, const Request&);

// about_api.cpp
Result<Reply> get_about(Admin&, const Request&);
Result<Reply> get_description(Admin&, const Request&);
Result<Reply> get_docs(Admin&, const Request&);
Result<Reply> get_licenses(Admin&, const Request&);

}  // namespace freellm::server::admin
