#include "admin_backend.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "freellm/app/routes.hpp"
#include "freellm/store/patient_change.hpp"
#include "freellm/store/proxies.hpp"
#include "freellm/store/settings.hpp"
#include "unified_key.hpp"

namespace freellm::app {
namespace {

using server::admin::SettingValues;

constexpr std::string_view kPrefix = "dashboard.";
constexpr const char* kProxyPath = "network.proxy";

/// A setting of the dashboard: its path, and its value as text, in and out of a Config.
struct Knob {
  const char* path;
  std::string (*get)(const Config&);
  void (*set)(Config&, const std::string&);
  std::string (*wanted)(const SettingValues&);
};

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
std::string text(std::int64_t value) { return std::to_string(value); }
double real(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
/// The shortest text that reads back as the same number.
std::string real_text(double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end.ptr};
}

#define FREELLM_MILLIS_KNOB(path, member)                                      \
  Knob {                                                                       \
    path, [](const Config& c) { return text(c.member.count()); },              \
        [](Config& c, const std::string& t) { c.member = Millis{number(t)}; }, \
        [](const SettingValues& v) { return text(v.member.count()); }          \
  }

constexpr Knob kKnobs[] = {
    {"routing.strategy", [](const Config& c) { return c.strategy; },
     [](Config& c, const std::string& t) { c.strategy = t; },
     [](const SettingValues& v) { return v.strategy; }},
    {"routing.max_attempts", [](const Config& c) { return text(c.max_attempts); },
     [](Config& c, const std::string& t) { c.max_attempts = static_cast<int>(number(t)); },
     [](const SettingValues& v) { return text(v.max_attempts); }},
    FREELLM_MILLIS_KNOB("routing.total_timeout", total_timeout),
    {"routing.penalty_per_rate_limit",
     [](const Config& c) { return text(static_cast<std::int64_t>(c.penalty_per_rate_limit)); },
     [](Config& c, const std::string& t) {
       c.penalty_per_rate_limit = static_cast<double>(number(t));
     },
     [](const SettingValues& v) { return text(v.penalty_per_rate_limit); }},
    {"routing.penalty_max",
     [](const Config& c) { return text(static_cast<std::int64_t>(c.penalty_max)); },
     [](Config& c, const std::string& t) { c.penalty_max = static_cast<double>(number(t)); },
     [](const SettingValues& v) { return text(v.penalty_max); }},
    FREELLM_MILLIS_KNOB("routing.penalty_decay", penalty_decay),
    FREELLM_MILLIS_KNOB("routing.sticky_ttl", sticky_ttl),
    FREELLM_MILLIS_KNOB("routing.max_wait", max_wait),
    {"routing.keyless", [](const Config& c) { return text(c.keyless ? 1 : 0); },
     [](Config& c, const std::string& t) { c.keyless = t == "1"; },
     [](const SettingValues& v) { return text(v.keyless ? 1 : 0); }},
    FREELLM_MILLIS_KNOB("storage.request_log_retention", request_log_retention),
    {"storage.request_log_max_rows", [](const Config& c) { return text(c.request_log_max_rows); },
     [](Config& c, const std::string& t) { c.request_log_max_rows = number(t); },
     [](const SettingValues& v) { return text(v.request_log_max_rows); }},
    FREELLM_MILLIS_KNOB("auth.session_ttl", session_ttl),
    {"analytics.prompt_usd_per_million",
     [](const Config& c) { return real_text(c.prompt_usd_per_million); },
     [](Config& c, const std::string& t) { c.prompt_usd_per_million = real(t); },
     [](const SettingValues& v) { return real_text(v.price.prompt_usd_per_million); }},
    {"analytics.completion_usd_per_million",
     [](const Config& c) { return real_text(c.completion_usd_per_million); },
     [](Config& c, const std::string& t) { c.completion_usd_per_million = real(t); },
     [](const SettingValues& v) { return real_text(v.price.completion_usd_per_million); }},
    {"network.allow_private_networks",
     [](const Config& c) { return text(c.allow_private_networks ? 1 : 0); },
     [](Config& c, const std::string& t) { c.allow_private_networks = t == "1"; },
     [](const SettingValues& v) { return text(v.allow_private_networks ? 1 : 0); }},
    FREELLM_MILLIS_KNOB("health.check_interval", check_interval),
};

#undef FREELLM_MILLIS_KNOB

/// The paths a file fixes: it decides a value when it makes two different starting points equal.
std::vector<std::string> fixed_by_file(const Config& config) {
  std::vector<std::string> fixed;
  if (config.config_file.empty()) return fixed;
  Config low;
  Config high;
  for (const auto& knob : kKnobs) {
    knob.set(low, "1");
    knob.set(high, "0");
  }
  low.network_proxy = std::make_shared<const wire::ProxyUrl>();  // no text makes this one
  std::ifstream file{config.config_file, std::ios::binary};
  std::stringstream content;
  content << file.rdbuf();
  std::vector<ConfigProblem> told_at_start;
  for (auto* start : {&low, &high})
    apply_toml(*start, content.str(), config.config_file, {}, told_at_start);
  for (const auto& knob : kKnobs) {
    if (knob.get(low) == knob.get(high)) fixed.emplace_back(knob.path);
  }
  if (!low.network_proxy || !low.network_proxy->host.empty()) fixed.emplace_back(kProxyPath);
  return fixed;
}

SettingValues values_of(const Config& config) {
  return {.strategy = config.strategy,
          .max_attempts = config.max_attempts,
          .total_timeout = config.total_timeout,
          .penalty_per_rate_limit = static_cast<int>(config.penalty_per_rate_limit),
          .penalty_max = static_cast<int>(config.penalty_max),
          .penalty_decay = config.penalty_decay,
          .sticky_ttl = config.sticky_ttl,
          .max_wait = config.max_wait,
          .keyless = config.keyless,
          .request_log_retention = config.request_log_retention,
          .request_log_max_rows = config.request_log_max_rows,
          .session_ttl = config.session_ttl,
          .price = {.prompt_usd_per_million = config.prompt_usd_per_million,
                    .completion_usd_per_million = config.completion_usd_per_million},
          .network_proxy = config.network_proxy,
          .new_proxy = nullptr,
          .allow_private_networks = config.allow_private_networks,
          .check_interval = config.check_interval};
}

/// One change of the database, waited for; but not for a disk that hangs.
Status change(store::Store& store, std::function<Status(store::Db&)> work) {
  constexpr std::chrono::seconds kPatience{5};
  return store::change_within(store.writer(), kPatience, std::move(work));
}

}  // namespace

Result<std::vector<std::string>> overlay_settings(Config& config, store::Store& store) {
  auto db = store.connect_read_only();
  if (!db) return db.error();
  const auto stored = store::all_settings(*db);
  if (!stored) return stored.error();
  auto fixed = fixed_by_file(config);
  for (const auto& knob : kKnobs) {
    const auto found = stored->find(std::string{kPrefix} + knob.path);
    const bool is_fixed = std::find(fixed.begin(), fixed.end(), knob.path) != fixed.end();
    if (found != stored->end() && !is_fixed) knob.set(config, found->second);
  }
  if (std::find(fixed.begin(), fixed.end(), kProxyPath) == fixed.end()) {
    const auto proxies = store::load_proxies(*db, store.vault());
    if (!proxies) return proxies.error();
    const auto global = proxies->find(store::kGlobalProxy);
    config.network_proxy = global == proxies->end() ? nullptr : global->second;
  }
  return fixed;
}

Status AdminBackend::rebuild() {
  const std::lock_guard lock{parts_.mutex};
  return parts_.apply();
}

Result<std::shared_ptr<const Secret>> AdminBackend::rotate_api_key() {
  auto fresh = std::make_shared<const Secret>(new_unified_key());
  const std::lock_guard lock{parts_.mutex};
  const Status stored = change(parts_.store, [&](store::Db& db) {
    return store::put_secret(db, parts_.store.vault(), store::kUnifiedApiKey, fresh->reveal(),
                             RealClock{}.now().wall);
  });
  if (!stored) return stored.error();
  if (const Status applied = parts_.apply(); !applied) return applied.error();
  return fresh;
}

server::admin::SettingsView AdminBackend::settings() const {
  const std::lock_guard lock{parts_.mutex};
  return {.version = settings_version_,
          .values = values_of(parts_.config),
          .defaults = values_of(Config{}),
          .locked = parts_.locked};
}

Status AdminBackend::change_settings(const SettingValues& values) {
  const std::lock_guard lock{parts_.mutex};
  const Status stored = change(parts_.store, [&](store::Db& db) -> Status {
    for (const auto& knob : kKnobs) {
      const auto wanted = knob.wanted(values);
      if (wanted == knob.get(parts_.config)) continue;
      if (const Status put = store::put_setting(db, std::string{kPrefix} + knob.path, wanted); !put)
        return put;
    }
    if (!values.new_proxy) return {};
    if (values.new_proxy->empty()) return store::remove_proxy(db, store::kGlobalProxy);
    return store::put_proxy(db, parts_.store.vault(), store::kGlobalProxy,
                            values.new_proxy->reveal(), RealClock{}.now().wall);
  });
  if (!stored) return stored;
  ++settings_version_;
  return parts_.apply_settings();
}

const AdminBackend::CatalogFacts& AdminBackend::catalog_facts() const {
  if (!catalog_) {
    catalog_.emplace();
    if (const auto loaded = load_catalog(parts_.config.data_dir)) {
      catalog_->version = loaded->version;
      for (const auto& model : loaded->models) {
        for (const auto& platform : loaded->platforms) {
          if (platform.id == model.platform)
            catalog_->limits[platform.slug + "/" + model.upstream_id] = model.limits;
        }
      }
    }
  }
  return *catalog_;
}

std::vector<catalog::Limit> AdminBackend::catalog_limits(const std::string& slug,
                                                         const std::string& upstream_id) const {
  const auto& facts = catalog_facts();
  const auto found = facts.limits.find(slug + "/" + upstream_id);
  return found == facts.limits.end() ? std::vector<catalog::Limit>{} : found->second;
}

server::admin::AboutFacts AdminBackend::about() const {
  return {.version = FREELLM_VERSION,
          .compiler = "g++ " __VERSION__,
          .started_at = parts_.started_at,
          .url = parts_.url,
          .data_dir = parts_.config.data_dir,
          .catalog_version = catalog_facts().version};
}

}  // namespace freellm::app
