// /api/platforms: what each needs, where to get it, how its keys are.
#include "freellm/store/keys.hpp"
#include "freellm/store/proxies.hpp"
#include "freellm/store/routes.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

Json field(const char* name, const char* label, const std::string& placeholder, bool secret) {
  return {{"name", name}, {"label", label}, {"placeholder", placeholder}, {"secret", secret}};
}

/// Cloudflare's keys are two things; the user should not have to know how we join them.
Json key_fields(const catalog::Platform& platform) {
  if (platform.wire == catalog::WireFormat::cloudflare) {
    return Json::array({field("account_id", "Account ID", "32 hexadecimal digits", false),
                        field("token", "API token", "", true)});
  }
  return Json::array({field("key", "API key", platform.key_format, true)});
}

Json limits_json(const std::vector<catalog::Limit>& limits) {
  Json rows = Json::array();
  for (const auto& limit : limits) rows.push_back(limit_json(limit));
  return rows;
}

/// The proxy that was set for this platform; the one for all is a setting of its own.
Json own_proxy(const Admin& admin, const catalog::Platform& platform) {
  const auto& proxy = platform.egress.proxy;
  return proxy == admin.daemon.settings().values.network_proxy ? Json() : proxy_json(proxy);
}

Json platform_json(const Admin& admin, const catalog::RouteTable& table,
                   const catalog::Platform& platform, const std::vector<store::StoredKey>& keys) {
  int total = 0;
  int enabled = 0;
  for (const auto& model : table.models()) {
    if (model.platform != platform.id) continue;
    ++total;
    if (model.enabled) ++enabled;
  }
  return {{"slug", platform.slug},
          {"name", platform.name},
          {"custom", platform.custom},
          {"enabled", platform.enabled},
          {"keyless", platform.keyless},
          {"status", status_of(platform)},
          {"signup_url", text_or_null(platform.signup_url)},
          {"key_format", platform.key_format},
          {"key_fields", key_fields(platform)},
          {"notes", platform.notes},
          {"data_use_note", platform.data_use_note},
          {"base_url", platform.base_url.origin.to_string() + platform.base_url.prefix},
          {"proxy", own_proxy(admin, platform)},
          {"limits", limits_json(platform.limits)},
          {"keys", key_counts(keys, platform.id)},
          {"models", {{"total", total}, {"enabled", enabled}}}};
}

}  // namespace

Result<Reply> list_platforms(Admin& admin, const Request&) {
  const auto keys = store::list_keys(admin.db(), admin.services.store.vault());
  if (!keys) return keys.error();
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  Json rows = Json::array();
  for (const auto& platform : table.platforms())
    rows.push_back(platform_json(admin, table, platform, *keys));
  return list_reply(std::move(rows));
}

Result<Reply> patch_platform(Admin& admin, const Request& request) {
  const auto before = admin.daemon.routes();
  const auto* platform = routing::table_of(*before).platform(request.argument);
  if (platform == nullptr) return refusal(404, "not_found", "There is no such platform.");
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  const auto enabled = body->boolean("enabled");
  const auto proxy = read_proxy(*body, "proxy");
  if (const Status read = body->finish(); !read) return read.error();
  if (enabled || proxy.is_given) {
    const Status stored = admin.change([&](store::Db& db) -> Status {
      if (enabled) {
        const Status edited = store::edit_platform(db, platform->id, enabled);
        if (!edited) return edited;
      }
      return apply_proxy(db, admin.services.store.vault(), proxy,
                         store::platform_proxy(platform->slug), request.now.wall);
    });
    if (!stored) return stored.error();
    if (const Status applied = admin.routes_changed(); !applied) return applied.error();
    publish_fallback(admin, "platforms");
  }
  const auto keys = store::list_keys(admin.db(), admin.services.store.vault());
  if (!keys) return keys.error();
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto* changed = table.platform(platform->id);
  if (changed == nullptr) return refusal(404, "not_found", "There is no such platform.");
  return reply(platform_json(admin, table, *changed, *keys));
}

}  // namespace freellm::server::admin
