#include "freellm/app/routes.hpp"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>

#include "freellm/base/log.hpp"
#include "freellm/catalog/loader.hpp"
#include "freellm/net/address_guard.hpp"
#include "freellm/provider/quirks.hpp"
#include "freellm/store/custom_endpoints.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/proxies.hpp"
#include "freellm/store/routes.hpp"

namespace freellm::app {
namespace {

constexpr KeyVariable kKeyVariables[] = {
    {"GEMINI_API_KEY", "google"},
    {"GOOGLE_API_KEY", "google"},
    {"GROQ_API_KEY", "groq"},
    {"CEREBRAS_API_KEY", "cerebras"},
    {"OPENROUTER_API_KEY", "openrouter"},
    {"GITHUB_MODELS_TOKEN", "github"},
    {"SAMBANOVA_API_KEY", "sambanova"},
    {"MISTRAL_API_KEY", "mistral"},
    {"COHERE_API_KEY", "cohere"},
    {"CLOUDFLARE_API_KEY", "cloudflare"},
    {"ZHIPU_API_KEY", "zhipu"},
    {"NVIDIA_API_KEY", "nvidia"},
    {"OLLAMA_API_KEY", "ollama"},
    {"POLLINATIONS_API_KEY", "pollinations"},
    {"LLM7_API_KEY", "llm7"},
    {"KILO_API_KEY", "kilo"},
};

Error configuration_error(std::string message) {
  return Error{.kind = ErrorKind::configuration, .message = std::move(message)};
}

Status apply(catalog::Platform& platform, const PlatformSettings& settings) {
  if (settings.enabled) platform.enabled = *settings.enabled;
  if (settings.first_byte_timeout) platform.timeouts.first_byte = *settings.first_byte_timeout;
  if (settings.stall_timeout) platform.timeouts.stall = *settings.stall_timeout;
  if (settings.base_url) {
    auto url = wire::parse_base_url(*settings.base_url);
    if (!url) return url.error();
    platform.base_url = std::move(*url);
    platform.alternate_base_urls.clear();  // the operator said where to go
  }
  return {};
}

/// Views of `text`, so that no copy of a key is left behind.
std::vector<std::string_view> split_commas(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto begin = part.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) continue;
    parts.push_back(part.substr(begin, part.find_last_not_of(kSpace) - begin + 1));
  }
  return parts;
}

/// The catalog's own quirk sets, checked; and whether every platform's set exists.
Result<std::vector<provider::QuirkSet>> read_quirks(const catalog::Catalog& catalog) {
  std::vector<provider::QuirkSet> sets;
  if (!catalog.quirks.empty()) {
    auto parsed = provider::parse_catalog_quirks(catalog.quirks);
    if (!parsed) return parsed.error();
    sets = std::move(*parsed);
  }
  for (const auto& platform : catalog.platforms) {
    if (platform.quirks == platform.slug) continue;  // none means the plain dialect
    const bool is_known = provider::built_in_quirks(platform.quirks) != nullptr ||
                          std::any_of(sets.begin(), sets.end(),
                                      [&](const auto& set) { return set.name == platform.quirks; });
    if (!is_known) {
      return configuration_error("platform \"" + platform.slug + "\": quirks: no set is named \"" +
                                 platform.quirks + "\"");
    }
  }
  return sets;
}

Status import_key(store::Store& store, const catalog::Platform& platform,
                  const std::string& variable, std::string_view secret, Now now) {
  auto added = store.writer()
                   .change<bool>([&](store::Db& db) -> Result<bool> {
                     const auto known = store::has_key(db, store.vault(), platform.id, secret);
                     if (!known) return known.error();
                     if (*known) return false;
                     const auto id = store::add_key(db, store.vault(), platform.id, secret,
                                                    "from " + variable, now.wall, "environment");
                     if (!id) return id.error();
                     return true;
                   })
                   .get();
  if (!added) return added.error();
  if (*added) LOG_INFO("imported provider key platform={} variable={}", platform.slug, variable);
  return {};
}

std::vector<catalog::CustomModel> models_of(const CustomEndpointSettings& endpoint) {
  auto models = catalog::models_named(endpoint.models);
  for (auto& model : models) model.capabilities.vision = endpoint.vision;
  return models;
}

}  // namespace

std::span<const KeyVariable> provider_key_variables() { return kKeyVariables; }

Result<catalog::Catalog> load_catalog(const std::string& data_dir) {
  const std::string path = data_dir + "/catalog.json";
  std::ifstream file{path, std::ios::binary};
  if (!file) return catalog::parse_catalog(catalog::embedded_catalog());
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = catalog::parse_catalog(text.str());
  if (!parsed) return configuration_error(path + ": " + parsed.error().message);
  const auto sets = read_quirks(*parsed);
  if (!sets) return configuration_error(path + ": catalog: " + sets.error().message);
  return parsed;
}

void install_quirks(const catalog::Catalog& catalog) {
  static std::mutex mutex;
  static std::string installed;
  const std::lock_guard lock{mutex};
  // Sets are never freed, so nothing is installed that is in force already.
  if (catalog.quirks == installed) return;
  auto sets = read_quirks(catalog);
  if (!sets) return;  // load_catalog() has refused it
  provider::replace_installed_quirks(std::move(*sets));
  installed = catalog.quirks;
}

std::vector<std::string> platform_slugs(const catalog::Catalog& catalog) {
  std::vector<std::string> slugs;
  for (const auto& platform : catalog.platforms) slugs.push_back(platform.slug);
  return slugs;
}

Result<catalog::Catalog> configured_catalog(catalog::Catalog catalog, const Config& config) {
  for (const auto& custom : config.custom) {
    auto url = wire::parse_base_url(custom.base_url);
    if (!url) return url.error();
    const catalog::CustomEndpoint endpoint{.name = custom.name,
                                           .title = custom.name,
                                           .base_url = std::move(*url),
                                           .models = models_of(custom)};
    if (const Status added = catalog::add_custom(catalog, endpoint); !added) return added.error();
  }
  for (const auto& [slug, settings] : config.platforms) {
    auto* platform = catalog::find_platform(catalog, slug);
    if (platform == nullptr) return configuration_error("unknown platform \"" + slug + "\"");
    if (const Status applied = apply(*platform, settings); !applied) return applied.error();
  }
  return catalog;
}

namespace {

/// The dashboard's endpoints. One whose name was given to another platform meanwhile is left out.
Status add_stored_endpoints(store::Db& db, catalog::Catalog& catalog, const Config& config) {
  auto endpoints = store::list_endpoints(db);
  if (!endpoints) return endpoints.error();
  for (auto& stored : *endpoints) {
    auto url = wire::parse_base_url(stored.base_url);
    Status added = url ? Status{} : Status{url.error()};
    if (added) {
      const bool is_wide = stored.allow_private || config.allow_private_networks;
      added = catalog::add_custom(
          catalog, {.name = stored.slug,
                    .title = stored.title,
                    .base_url = *std::move(url),
                    .models = std::move(stored.models),
                    .timeouts = stored.timeouts,
                    .reach = is_wide ? wire::Reach::private_too : wire::Reach::public_only});
    }
    if (!added)
      LOG_WARN("endpoint left out slug={} why=\"{}\"", stored.slug, added.error().message);
  }
  return {};
}

/// The dashboard's word for a platform goes before the file's, that before the global one, which is
/// not asked for what stands next to us.
void set_proxies(catalog::Catalog& catalog, const store::Proxies& stored, const Config& config) {
  for (auto& platform : catalog.platforms) {
    auto& proxy = platform.egress.proxy;
    const auto own = stored.find(store::platform_proxy(platform.slug));
    const auto file = config.platforms.find(platform.slug);
    if (own != stored.end()) {
      proxy = own->second;
    } else if (file != config.platforms.end() && file->second.proxy) {
      proxy.reset();
      if (auto parsed = wire::parse_proxy_url(*file->second.proxy))
        proxy = std::make_shared<const wire::ProxyUrl>(*std::move(parsed));
    } else {
      const bool is_near = net::is_local_host(platform.base_url.origin.host);
      proxy = is_near ? nullptr : config.network_proxy;
    }
  }
}

}  // namespace

Result<catalog::Catalog> stored_catalog(store::Db& db, const store::Vault& vault,
                                        catalog::Catalog catalog, const Config& config) {
  if (const Status added = add_stored_endpoints(db, catalog, config); !added) return added.error();
  auto synced = store::sync_catalog(db, std::move(catalog));
  if (!synced) return synced;
  const auto proxies = store::load_proxies(db, vault);
  if (!proxies) return proxies.error();
  set_proxies(*synced, *proxies, config);
  return synced;
}

Result<std::shared_ptr<const catalog::RouteTable>> build_route_table(store::Store& store,
                                                                     catalog::Catalog catalog,
                                                                     const Config& config) {
  struct Rows {
    catalog::Catalog catalog;
    std::vector<store::StoredKey> keys;
  };
  auto rows = store.writer()
                  .change<Rows>([&](store::Db& db) -> Result<Rows> {
                    auto synced = stored_catalog(db, store.vault(), std::move(catalog), config);
                    if (!synced) return synced.error();
                    auto keys = store::list_keys(db, store.vault());
                    if (!keys) return keys.error();
                    return Rows{std::move(*synced), std::move(*keys)};
                  })
                  .get();
  if (!rows) return rows.error();
  std::vector<catalog::ProviderKey> keys;
  for (auto& stored : rows->keys) {
    keys.push_back(std::move(stored.key));
  }
  if (!config.keyless) {
    for (auto& platform : rows->catalog.platforms)
      platform.keyless = platform.keyless && platform.custom;
  }
  return std::make_shared<const catalog::RouteTable>(std::move(rows->catalog.platforms),
                                                     std::move(rows->catalog.models),
                                                     std::move(keys), config.aliases);
}

routing::RoutingOptions routing_options(const Config& config) {
  routing::RoutingOptions options;
  options.strategy = routing::parse_strategy(config.strategy).value_or(routing::Strategy::priority);
  options.max_attempts = config.max_attempts;
  options.total_timeout = config.total_timeout;
  options.penalty_per_rate_limit = static_cast<int>(config.penalty_per_rate_limit);
  options.penalty_max = static_cast<int>(config.penalty_max);
  options.penalty_decay = config.penalty_decay;
  options.sticky_ttl = config.sticky_ttl;
  options.max_wait = config.max_wait;
  options.keyless = config.keyless;
  return options;
}

Status import_environment_keys(store::Store& store, const catalog::Catalog& catalog,
                               const Config& config, const Environment& environment, Now now) {
  // Ids come from the database.
  auto synced =
      store.writer()
          .change<catalog::Catalog>([&](store::Db& db) { return store::sync_catalog(db, catalog); })
          .get();
  if (!synced) return synced.error();
  const auto import = [&](const std::string& variable, std::string_view slug) -> Status {
    const auto found = environment.find(variable);
    const auto* platform = catalog::find_platform(*synced, slug);
    if (found == environment.end() || platform == nullptr) return {};
    for (const auto& secret : split_commas(found->second)) {
      if (const Status done = import_key(store, *platform, variable, secret, now); !done) {
        LOG_WARN("provider key not imported variable={} why=\"{}\"", variable,
                 done.error().message);
        if (done.error().kind == ErrorKind::storage) return done;
      }
    }
    return {};
  };
  for (const auto& [variable, slug] : kKeyVariables) {
    if (const Status done = import(std::string{variable}, slug); !done) return done;
  }
  for (const auto& custom : config.custom) {
    if (!custom.api_key_env) continue;
    if (const Status done = import(*custom.api_key_env, custom.name); !done) return done;
  }
  return {};
}

}  // namespace freellm::app
