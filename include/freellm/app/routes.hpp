#pragma once
// Builds what requests are routed by: catalog + configuration + the store's rows -> RouteTable.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/app/config.hpp"
#include "freellm/catalog/catalog.hpp"
#include "freellm/catalog/route_table.hpp"
#include "freellm/routing/options.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {

/// The catalog in force: <data-dir>/catalog.json when there is one, else the built-in one. Its
/// quirk rows have been checked, but are not in force.
[[nodiscard]] Result<catalog::Catalog> load_catalog(const std::string& data_dir);
/// Puts the catalog's own quirk rows in force, in place of an earlier catalog's. Thread-safe.
void install_quirks(const catalog::Catalog& catalog);
[[nodiscard]] std::vector<std::string> platform_slugs(const catalog::Catalog& catalog);

/// Adds [[custom]] endpoints and applies [platforms.*]. Blocking; not on an I/O thread.
[[nodiscard]] Result<catalog::Catalog> configured_catalog(catalog::Catalog catalog,
                                                          const Config& config);

/// Gives ids to everything in `catalog` and reads the keys. Blocking; not on an I/O thread.
[[nodiscard]] Result<std::shared_ptr<const catalog::RouteTable>> build_route_table(
    store::Store& store, catalog::Catalog catalog, const Config& config);

/// `catalog` (as configured) with the dashboard's endpoints, stable ids, edits and proxies. Runs on
/// the writer's thread.
[[nodiscard]] Result<catalog::Catalog> stored_catalog(store::Db& db, const store::Vault& vault,
                                                      catalog::Catalog catalog,
                                                      const Config& config);

[[nodiscard]] routing::RoutingOptions routing_options(const Config& config);

/// An environment variable that holds keys of a platform.
struct KeyVariable {
  std::string_view variable;
  std::string_view platform;
};
[[nodiscard]] std::span<const KeyVariable> provider_key_variables();

/// Imports provider keys from the environment that are not stored yet; says what it did in the log.
[[nodiscard]] Status import_environment_keys(store::Store& store, const catalog::Catalog& catalog,
                                             const Config& config, const Environment& environment,
                                             Now now);

}  // namespace freellm::app
