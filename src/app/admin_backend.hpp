#pragma once
// AdminBackend: what the API asks of the daemon, answered from the daemon's own parts.
//
// The daemon and the admin thread both rebuild (SIGHUP and the dashboard): one mutex makes one wait
// for the other.

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "freellm/app/config.hpp"
#include "freellm/server/admin/services.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {

/// Settings changed in the dashboard lie over the file's, except where the file names them. Returns
/// the paths that the file fixes. Blocking.
[[nodiscard]] Result<std::vector<std::string>> overlay_settings(Config& config,
                                                                store::Store& store);

class AdminBackend final : public server::admin::AdminServices {
 public:
  struct Parts {
    store::Store& store;
    /// Builds anew from the store and hands it to the workers. Called with the mutex held.
    std::function<Status()> apply;
    /// The same after the overlaid settings were read again.
    std::function<Status()> apply_settings;
    std::function<std::shared_ptr<const routing::RouteIndex>()> routes;
    std::function<std::shared_ptr<const Secret>()> api_key;
    std::function<net::Worker&()> worker;
    std::function<server::admin::ConnectionCounts()> connections;
    const Config& config;  ///< in force; read with the mutex held
    const std::vector<std::string>& locked;
    std::recursive_mutex& mutex;
    bool key_is_fixed = false;
    std::string url;
    WallTime started_at;
  };
  explicit AdminBackend(Parts parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const routing::RouteIndex> routes() const override { return parts_.routes(); }
  Status rebuild() override;
  std::shared_ptr<const Secret> api_key() const override { return parts_.api_key(); }
  bool api_key_is_fixed() const override { return parts_.key_is_fixed; }
  Result<std::shared_ptr<const Secret>> rotate_api_key() override;
  server::admin::SettingsView settings() const override;
  Status change_settings(const server::admin::SettingValues& values) override;
  std::vector<catalog::Limit> catalog_limits(const std::string& slug,
                                             const std::string& upstream_id) const override;
  server::admin::AboutFacts about() const override;
  server::admin::ConnectionCounts connections() const override { return parts_.connections(); }
  net::Worker& probe_worker() override { return parts_.worker(); }

 private:
  struct CatalogFacts {
    std::string version;
    std::map<std::string, std::vector<catalog::Limit>> limits;  ///< by "slug/upstream-id"
  };
  [[nodiscard]] const CatalogFacts& catalog_facts() const;

  Parts parts_;
  std::int64_t settings_version_ = 1;
  mutable std::optional<CatalogFacts> catalog_;  ///< of the admin thread
};

}  // namespace freellm::app
