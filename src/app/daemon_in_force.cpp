// What is in force: routes and settings, built from the store and the configuration and handed to
// every worker.
#include "daemon_process.hpp"
#include "freellm/app/routes.hpp"
#include "freellm/base/log.hpp"
#include "freellm/catalog/loader.hpp"
#include "secret_environment.hpp"
#include "unified_key.hpp"

namespace freellm::app {

Result<std::shared_ptr<const Secret>> Daemon::unified_key() {
  if (fixed_api_key_) return fixed_api_key_;
  auto key = obtain_unified_key(*store_, clock_.now());
  if (key || key.error().code != "unreadable") return key;
  LOG_ERROR("{}; no client gets in until a new one is made: freellmapi api-key rotate",
            key.error().message);
  return std::make_shared<const Secret>(new_unified_key());  // one that nobody knows
}

Result<std::shared_ptr<const routing::RouteIndex>> Daemon::build_routes(const Config& config) {
  auto catalog = load_catalog(config.data_dir);
  if (!catalog) return catalog.error();
  auto configured = configured_catalog(std::move(*catalog), config);
  if (!configured) return configured.error();
  install_quirks(*configured);
  auto table = build_route_table(*store_, std::move(*configured), config);
  if (!table) return table.error();
  return router_->attach(std::move(*table), routing_options(config));
}

Result<std::shared_ptr<const proxy::Settings>> Daemon::build_settings(const Config& config) {
  auto key = unified_key();
  if (!key) return key.error();
  auto settings = std::make_shared<proxy::Settings>();
  settings->api_key = *key;
  api_key_ = *key;
  settings->require_api_key = config.require_api_key;
  settings->max_body_bytes = config.max_body_bytes;
  settings->cors_origins = config.cors_origins;
  for (const auto& text : config.trusted_proxies) {
    if (const auto network = wire::parse_network(text))
      settings->trusted_proxies.push_back(*network);
  }
  return std::shared_ptr<const proxy::Settings>{std::move(settings)};
}

Status Daemon::apply(const Config& config) {
  const std::lock_guard lock{apply_mutex_};
  auto routes = build_routes(config);
  if (!routes) return routes.error();
  auto settings = build_settings(config);
  if (!settings) return settings.error();
  routes_ = *routes;
  for (auto& slot : workers_) {
    auto* context = slot->context.get();
    slot->net->post([context, new_routes = routes_, new_settings = *settings] {
      context->routes = new_routes;
      context->settings = new_settings;
    });
  }
  return {};
}

/// An endpoint that is new in the file may name a variable for its key. The others were imported at
/// the start and are in the environment no more.
Status Daemon::import_named_keys(const catalog::Catalog& catalog, const Config& config) {
  auto configured = configured_catalog(catalog, config);
  if (!configured) return configured.error();
  const Status imported =
      import_environment_keys(*store_, *configured, config, environment_, clock_.now());
  forget_secrets(environment_, config);
  return imported;
}

/// SIGHUP: a configuration with any problem is refused whole, and the running one stays.
void Daemon::reload() {
  const auto catalog = load_catalog(config_.data_dir);
  if (!catalog) return LOG_ERROR("reload refused: {}", catalog.error().message);
  auto loaded = load_config(flags_, environment_, platform_slugs(*catalog));
  for (const auto& problem : loaded.problems)
    LOG_ERROR("reload refused: {}: {}", problem.where, problem.what);
  if (!loaded.problems.empty()) return;
  if (loaded.config.host != config_.host || (loaded.config.port != config_.port) ||
      loaded.config.workers != config_.workers) {
    LOG_WARN("host, port and workers take effect at the next start only");
  }
  const std::lock_guard lock{apply_mutex_};
  if (const Status imported = import_named_keys(*catalog, loaded.config); !imported)
    return LOG_ERROR("reload refused: {}", imported.error().message);
  auto locked = overlay_settings(loaded.config, *store_);
  if (!locked) return LOG_ERROR("reload refused: {}", locked.error().message);
  if (const Status applied = apply(loaded.config); !applied) {
    return LOG_ERROR("reload refused: {}", applied.error().message);
  }
  config_ = std::move(loaded.config);
  locked_settings_ = std::move(*locked);
  admin_->sessions.set_ttl(config_.session_ttl);
  admin_->account_changed();
  log::set_level(config_.log_level);
  LOG_INFO("configuration reloaded");
}

}  // namespace freellm::app
