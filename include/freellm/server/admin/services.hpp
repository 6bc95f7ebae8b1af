#pragma once
// AdminServices: what the API needs of the daemon itself: the routes in force, the unified key, the
// settings. Implemented by the app. All of it is called on the admin thread and may block, except
// where said.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/net/worker.hpp"
#include "freellm/routing/router.hpp"

namespace freellm::server::admin {

/// What tokens would have cost elsewhere, in US dollars per million; zeros = nobody has said.
struct ReferencePrice {
  double prompt_usd_per_million = 0;
  double completion_usd_per_million = 0;
  [[nodiscard]] bool is_set() const {
    return prompt_usd_per_million > 0 || completion_usd_per_million > 0;
  }
};

/// The settings that the dashboard shows and, unless they are locked, changes.
struct SettingValues {
  std::string strategy;
  int max_attempts = 0;
  Millis total_timeout{};
  int penalty_per_rate_limit = 0;
  int penalty_max = 0;
  Millis penalty_decay{};
  Millis sticky_ttl{};
  Millis max_wait{};
  bool keyless = true;
  Millis request_log_retention{};
  std::int64_t request_log_max_rows = 0;
  Millis session_ttl{};
  ReferencePrice price;
  std::shared_ptr<const wire::ProxyUrl> network_proxy;  ///< in force; changed by `new_proxy` only
  std::shared_ptr<const Secret> new_proxy;  ///< null = as it is; a well-formed URL, or empty: none
  bool allow_private_networks = false;
  Millis check_interval{};
};

struct SettingsView {
  std::int64_t version = 0;  ///< rises with every change
  SettingValues values;
  SettingValues defaults;
  std::vector<std::string> locked;  ///< paths fixed by the configuration file: "routing.strategy"
};

struct AboutFacts {
  std::string version;
  std::string compiler;
  WallTime started_at;
  std::string url;  ///< "http://127.0.0.1:3001"
  std::string data_dir;
  std::string catalog_version;
};

struct ConnectionCounts {
  std::int64_t clients = 0;
  std::int64_t upstream_idle = 0;
};

class AdminServices {
 public:
  virtual ~AdminServices() = default;

  /// Thread-safe, never blocks long.
  [[nodiscard]] virtual std::shared_ptr<const routing::RouteIndex> routes() const = 0;
  /// Reads everything anew and hands it to the workers: what was changed in the store counts for
  /// the next request.
  [[nodiscard]] virtual Status rebuild() = 0;

  [[nodiscard]] virtual std::shared_ptr<const Secret> api_key() const = 0;
  /// The environment says what it is.
  [[nodiscard]] virtual bool api_key_is_fixed() const = 0;
  [[nodiscard]] virtual Result<std::shared_ptr<const Secret>> rotate_api_key() = 0;

  [[nodiscard]] virtual SettingsView settings() const = 0;
  /// Stores what differs from the values in force and applies it.
  [[nodiscard]] virtual Status change_settings(const SettingValues& values) = 0;

  /// The limits of a model before anybody's edits; empty when the catalog has none.
  [[nodiscard]] virtual std::vector<catalog::Limit> catalog_limits(
      const std::string& slug, const std::string& upstream_id) const = 0;
  [[nodiscard]] virtual AboutFacts about() const = 0;
  [[nodiscard]] virtual ConnectionCounts connections() const = 0;
  /// Where key checks run. Thread-safe.
  [[nodiscard]] virtual net::Worker& probe_worker() = 0;
};

}  // namespace freellm::server::admin
