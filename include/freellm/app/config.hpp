#pragma once
// Config: everything an operator can set, already checked. Built from defaults, then the TOML file,
// then the environment, then command-line flags; the later wins.
//
// A plain value. The table of known keys (config_keys.hpp) is the single source: parsing,
// check-config, the nearest-name hint and the reference documentation all come from it.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/wire/proxy_url.hpp"

namespace freellm::app {

struct PlatformSettings {
  std::optional<bool> enabled;
  std::optional<std::string> base_url;
  std::optional<Millis> first_byte_timeout;
  std::optional<Millis> stall_timeout;
  std::optional<std::string> proxy;  ///< well-formed; "" = directly, whatever network.proxy says
};

struct CustomEndpointSettings {
  std::string name;
  std::string base_url;
  std::vector<std::string> models;
  std::optional<std::string>
      api_key_env;      ///< name of the variable that holds its key, if it needs one
  bool vision = false;  ///< its models take images
};

struct Config {
  // [server]
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  unsigned workers = 0;  ///< 0 = min(cores, 4)
  std::uint64_t max_body_bytes = 64ULL << 20;
  Millis drain_timeout{30'000};
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> cors_origins;
  std::vector<std::string> allowed_hosts;
  // [tls]
  std::string ca_file;
  // [auth]
  bool require_api_key = true;
  Millis session_ttl{std::chrono::hours{24 * 7}};
  // [routing]
  std::string strategy = "priority";
  int max_attempts = 20;
  Millis total_timeout{std::chrono::minutes{5}};
  double penalty_per_rate_limit = 3;
  double penalty_max = 10;
  Millis penalty_decay{std::chrono::minutes{2}};
  Millis sticky_ttl{std::chrono::minutes{30}};
  Millis max_wait{0};
  bool keyless = true;
  // [aliases], in file order
  std::vector<std::pair<std::string, std::string>> aliases;
  // [storage]
  Millis request_log_retention{std::chrono::hours{24 * 90}};
  std::int64_t request_log_max_rows = 0;  ///< 0 = no bound by count
  // [analytics]: what tokens would have cost elsewhere; both 0 = no cost is shown
  double prompt_usd_per_million = 0;
  double completion_usd_per_million = 0;
  // [network]
  std::shared_ptr<const wire::ProxyUrl> network_proxy;  ///< null = none
  bool allow_private_networks = false;                  ///< for endpoints made in the dashboard
  // [health]
  Millis check_interval{std::chrono::hours{24}};  ///< between checks of one key; 0 = never
  // [log]
  std::string log_level = "info";
  std::string log_format = "text";
  // [platforms.*], [[custom]]
  std::map<std::string, PlatformSettings> platforms;
  std::vector<CustomEndpointSettings> custom;

  // Not in the file.
  std::string data_dir;
  std::string config_file;  ///< empty when none was given
};

/// One thing wrong with a configuration.
struct ConfigProblem {
  std::string where;  ///< "freellmapi.toml:12" or "FREELLMAPI_PORT" or "--port"
  std::string what;   ///< what is wrong and what would mend it
};

/// What the command line said; unset members did not occur.
struct Flags {
  std::optional<std::string> config_file, data_dir, host, port, log_level, log_format;
};

using Environment = std::map<std::string, std::string>;
/// A variable set to something, or nullptr. An empty one counts as unset, as shells make them.
[[nodiscard]] const std::string* find_nonempty(const Environment& environment,
                                               std::string_view name);

/// The whole precedence chain. Returns every problem found, not only the first; the Config is
/// usable only when there are none. `known_platforms` are the catalog's slugs, for [platforms.*].
struct LoadedConfig {
  Config config;
  std::vector<ConfigProblem> problems;
};
[[nodiscard]] LoadedConfig load_config(const Flags& flags, const Environment& environment,
                                       const std::vector<std::string>& known_platforms);

/// Applies TOML text. `file` names it in problems.
void apply_toml(Config& config, std::string_view text, const std::string& file,
                const std::vector<std::string>& known_platforms,
                std::vector<ConfigProblem>& problems);

/// The process's environment, as a map.
[[nodiscard]] Environment current_environment();

}  // namespace freellm::app
