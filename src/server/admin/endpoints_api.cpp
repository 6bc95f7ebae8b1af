// /api/custom-endpoints: OpenAI-compatible endpoints of the user's own.
#include <algorithm>

#include "endpoint_body.hpp"
#include "freellm/store/custom_endpoints.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/proxies.hpp"
#include "freellm/store/routes.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

using store::StoredEndpoint;

Error no_such_endpoint() { return refusal(404, "not_found", "There is no such endpoint."); }

wire::Reach reach_of(const Admin& admin, bool allow_private) {
  const bool is_wide = allow_private || admin.daemon.settings().values.allow_private_networks;
  return is_wide ? wire::Reach::private_too : wire::Reach::public_only;
}

/// Everything the rows are made of, read once.
struct View {
  std::shared_ptr<const routing::RouteIndex> index;
  std::vector<store::StoredKey> keys;
  std::vector<StoredEndpoint> stored;

  static Result<View> read(Admin& admin) {
    auto keys = store::list_keys(admin.db(), admin.services.store.vault());
    if (!keys) return keys.error();
    auto stored = store::list_endpoints(admin.db());
    if (!stored) return stored.error();
    return View{admin.daemon.routes(), std::move(*keys), std::move(*stored)};
  }
  [[nodiscard]] const StoredEndpoint* find(std::string_view slug) const {
    const auto found = std::find_if(stored.begin(), stored.end(),
                                    [&](const auto& endpoint) { return endpoint.slug == slug; });
    return found == stored.end() ? nullptr : &*found;
  }
  [[nodiscard]] const catalog::RouteTable& table() const { return routing::table_of(*index); }
};

Json endpoint_json(const Admin& admin, const View& view, const catalog::Platform& platform) {
  Json models = Json::array();
  for (const auto& model : view.table().models()) {
    if (model.platform != platform.id) continue;
    models.push_back({{"model_id", model.id.value},
                      {"upstream_id", model.upstream_id},
                      {"display_name", model.display_name},
                      {"logical_name", model.logical_name},
                      {"enabled", model.enabled},
                      {"context_window", id_or_null(model.context_window)},
                      {"tools", model.capabilities.tools},
                      {"vision", model.capabilities.vision},
                      {"reasoning", model.capabilities.reasoning},
                      {"json_schema", model.capabilities.json_schema}});
  }
  const auto* stored = view.find(platform.slug);
  const auto& proxy = platform.egress.proxy;
  const bool is_own_proxy = proxy != admin.daemon.settings().values.network_proxy;
  return {{"slug", platform.slug},
          {"name", platform.name},
          {"base_url", display(platform.base_url)},
          {"enabled", platform.enabled},
          {"allow_private_network", stored == nullptr || stored->allow_private},
          {"proxy", is_own_proxy ? proxy_json(proxy) : Json()},
          {"timeouts",
           {{"connect_ms", platform.timeouts.connect.count()},
            {"first_byte_ms", platform.timeouts.first_byte.count()},
            {"stall_ms", platform.timeouts.stall.count()}}},
          {"fixed", stored == nullptr},
          {"keys", key_counts(view.keys, platform.id)},
          {"models", std::move(models)},
          {"created_at",
           iso_time(stored != nullptr ? stored->created_at : admin.daemon.about().started_at)}};
}

Result<Reply> endpoint_reply(Admin& admin, std::string_view slug, int status) {
  const auto view = View::read(admin);
  if (!view) return view.error();
  const auto* platform = view->table().platform(slug);
  if (platform == nullptr) return no_such_endpoint();
  return reply(endpoint_json(admin, *view, *platform), status);
}

Status store_new(Admin& admin, const NewEndpoint& fresh, WallTime now, KeyId& key) {
  const auto& vault = admin.services.store.vault();
  return admin.change([&](store::Db& db) -> Status {
    auto id = store::add_endpoint(db, fresh.endpoint);
    if (!id) return id.error();
    if (!fresh.secret.empty()) {
      auto added = store::add_key(db, vault, *id, fresh.secret.reveal(), "", now);
      if (!added) return added.error();
      key = *added;
    }
    return apply_proxy(db, vault, fresh.proxy, store::platform_proxy(fresh.endpoint.slug), now);
  });
}

/// The stored endpoint that a request is about; those of the file are not ours to change.
Result<StoredEndpoint> changeable(Admin& admin, const std::string& slug) {
  const auto view = View::read(admin);
  if (!view) return view.error();
  if (const auto* stored = view->find(slug)) return *stored;
  const auto* platform = view->table().platform(slug);
  if (platform == nullptr || !platform->custom) return no_such_endpoint();
  return refusal(409, "fixed_by_config",
                 "This endpoint comes from the configuration file and is changed there.");
}

/// Whoever may change the address could have the keys sent anywhere; showing them takes the
/// password, so this must not be the way around it.
Status keep_keys_home(Admin& admin, const StoredEndpoint& stored, const wire::Origin& wanted) {
  const auto before = wire::parse_base_url(stored.base_url);
  if (before && before->origin == wanted) return {};
  const auto keys = admin.db().scalar("SELECT count(*) FROM provider_key WHERE platform_id = ?",
                                      stored.platform.value);
  if (!keys) return keys.error();
  if (keys->value_or(0) == 0) return {};
  return refusal(409, "keys_stored",
                 "This endpoint has keys, which belong to its address. Delete them first, or add "
                 "the new address as an endpoint of its own.",
                 "base_url");
}

/// A deleted key can be brought back for a while. It must not come back to another address.
void forget_removed_keys(Admin& admin, const StoredEndpoint& endpoint) {
  std::erase_if(admin.removed_keys,
                [&](const auto& item) { return item.first.platform == endpoint.platform.value; });
}

Status check_patch(Admin& admin, const StoredEndpoint& stored, const EndpointPatch& patch) {
  if (!patch.base_url && !patch.edit.allow_private) return {};
  auto url = patch.base_url ? Result<wire::BaseUrl>{*patch.base_url}
                            : wire::parse_base_url(stored.base_url);
  if (!url) return url.error();
  if (const Status kept = keep_keys_home(admin, stored, url->origin); !kept) return kept;
  const bool allow_private = patch.edit.allow_private.value_or(stored.allow_private);
  return check_address(admin, url->origin, reach_of(admin, allow_private));
}

}  // namespace

Result<Reply> list_endpoints(Admin& admin, const Request&) {
  const auto view = View::read(admin);
  if (!view) return view.error();
  Json rows = Json::array();
  for (const auto& platform : view->table().platforms()) {
    if (platform.custom) rows.push_back(endpoint_json(admin, *view, platform));
  }
  return list_reply(std::move(rows));
}

Result<Reply> add_endpoint(Admin& admin, const Request& request) {
  const auto fresh = read_new_endpoint(request);
  if (!fresh) return fresh.error();
  const auto& slug = fresh->endpoint.slug;
  const auto before = admin.daemon.routes();
  if (routing::table_of(*before).platform(slug) != nullptr)
    return refusal(409, "name_taken", "A platform or endpoint has this name already.", "name");
  const auto reach = reach_of(admin, fresh->endpoint.allow_private);
  if (const Status allowed = check_address(admin, fresh->origin, reach); !allowed)
    return allowed.error();
  KeyId key{0};
  if (const Status stored = store_new(admin, *fresh, request.now.wall, key); !stored) {
    Error error = stored.error();
    if (error.code == "name_taken") error.param = "name";
    if (error.code == "invalid_key") error.param = "secret";
    return error;
  }
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  publish_fallback(admin, "platforms");
  if (key.value != 0) {
    admin.check_key(key);
    publish_key(admin, key, "added");
  }
  return endpoint_reply(admin, slug, 201);
}

Result<Reply> patch_endpoint(Admin& admin, const Request& request) {
  const auto stored = changeable(admin, request.argument);
  if (!stored) return stored.error();
  const auto patch = read_endpoint_patch(request, *stored);
  if (!patch) return patch.error();
  if (const Status allowed = check_patch(admin, *stored, *patch); !allowed) return allowed.error();
  const Status changed = admin.change([&](store::Db& db) -> Status {
    if (const Status edited = store::edit_endpoint(db, stored->slug, patch->edit); !edited)
      return edited;
    if (patch->enabled) {
      const Status switched = store::edit_platform(db, stored->platform, patch->enabled);
      if (!switched) return switched;
    }
    return apply_proxy(db, admin.services.store.vault(), patch->proxy,
                       store::platform_proxy(stored->slug), request.now.wall);
  });
  if (!changed) return changed.error();
  if (patch->base_url) forget_removed_keys(admin, *stored);
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  publish_fallback(admin, "platforms");
  return endpoint_reply(admin, stored->slug, 200);
}

Result<Reply> delete_endpoint(Admin& admin, const Request& request) {
  const auto stored = changeable(admin, request.argument);
  if (!stored) return stored.error();
  std::vector<Json> gone;
  if (auto rows = key_rows(admin)) {
    for (auto& row : *rows) {
      if (row["platform"] == stored->slug) gone.push_back(std::move(row));
    }
  }
  const Status removed =
      admin.change([&](store::Db& db) { return store::remove_endpoint(db, stored->slug); });
  if (!removed) return removed.error();
  forget_removed_keys(admin, *stored);
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  for (const auto& key : gone)
    admin.events.publish("key", dump({{"change", "deleted"}, {"key", key}}));
  publish_fallback(admin, "platforms");
  return no_content();
}

}  // namespace freellm::server::admin
