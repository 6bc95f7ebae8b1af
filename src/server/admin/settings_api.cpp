// /api/settings and /api/api-key.
#include "freellm/store/settings.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr Millis kMinute{60'000};
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

Json price_json(double usd) { return usd > 0 ? Json(usd) : Json(); }

Json values_json(const SettingValues& values) {
  return {{"routing",
           {{"strategy", values.strategy},
            {"max_attempts", values.max_attempts},
            {"total_timeout_ms", values.total_timeout.count()},
            {"penalty_per_rate_limit", values.penalty_per_rate_limit},
            {"penalty_max", values.penalty_max},
            {"penalty_decay_ms", values.penalty_decay.count()},
            {"sticky_ttl_ms", values.sticky_ttl.count()},
            {"max_wait_ms", values.max_wait.count()},
            {"keyless", values.keyless}}},
          {"storage",
           {{"request_log_retention_ms", values.request_log_retention.count()},
            {"request_log_max_rows", values.request_log_max_rows}}},
          {"network",
           {{"proxy", proxy_json(values.network_proxy)},
            {"allow_private_networks", values.allow_private_networks}}},
          {"auth", {{"session_ttl_ms", values.session_ttl.count()}}},
          {"analytics",
           {{"prompt_usd_per_million", price_json(values.price.prompt_usd_per_million)},
            {"completion_usd_per_million", price_json(values.price.completion_usd_per_million)}}},
          {"health", {{"check_interval_ms", values.check_interval.count()}}}};
}

Json settings_json(const SettingsView& view) {
  Json locked = Json::array();
  constexpr std::string_view kMillis[] = {"total_timeout", "penalty_decay",         "sticky_ttl",
                                          "max_wait",      "request_log_retention", "session_ttl",
                                          "check_interval"};
  for (const auto& path : view.locked) {
    const auto name = std::string_view{path}.substr(path.find('.') + 1);
    const bool is_duration =
        std::find(std::begin(kMillis), std::end(kMillis), name) != std::end(kMillis);
    locked.push_back({{"path", is_duration ? path + "_ms" : path}, {"by", "config"}});
  }
  return {{"version", view.version},
          {"values", values_json(view.values)},
          {"defaults", values_json(view.defaults)},
          {"locked", std::move(locked)}};
}

/// Reads one section of the patch and checks every member against the locks.
class SectionReader {
 public:
  SectionReader(const Json& section, const char* name, const std::vector<std::string>& locked)
      : body_(section, name), name_(name), locked_(locked) {}

  template <class Value>
  void millis(const char* name, Value& target, std::int64_t low, std::int64_t high) {
    const std::string stem{name, std::string_view{name}.size() - std::string_view{"_ms"}.size()};
    if (const auto value = body_.integer(name, low, high)) set(stem, target, Millis{*value});
  }
  template <class Value>
  void integer(const char* name, Value& target, std::int64_t low, std::int64_t high) {
    if (const auto value = body_.integer(name, low, high))
      set(name, target, static_cast<Value>(*value));
  }
  void boolean(const char* name, bool& target) {
    if (const auto value = body_.boolean(name)) set(name, target, *value);
  }
  /// null = not set.
  void price(const char* name, double& target) {
    const Json& value = body_.any(name);
    if (value.is_null()) {
      if (body_.has(name)) set(name, target, 0.0);
      return;
    }
    constexpr double kMost = 10'000;
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > kMost)
      return body_.fail(name, "must be null or a number from 0 to 10000");
    set(name, target, value.get<double>());
  }
  void choice(const char* name, std::string& target,
              std::initializer_list<std::string_view> choices) {
    const auto value = body_.text(name, 0, 40);
    if (!value) return;
    if (std::find(choices.begin(), choices.end(), *value) == choices.end())
      return body_.fail(name, "is none of the known ones");
    set(name, target, *value);
  }
  void proxy(SettingValues& values);
  Status finish() {
    if (locked_error_) return *locked_error_;
    return body_.finish();
  }

 private:
  template <class Value, class Given>
  void set(const std::string& stem, Value& target, Given given) {
    const std::string path = std::string{name_} + "." + stem;
    if (target != given && std::find(locked_.begin(), locked_.end(), path) != locked_.end()) {
      locked_error_ =
          refusal(409, "setting_locked", path + " is fixed by the configuration file.", path);
      return;
    }
    target = given;
  }

  BodyReader body_;
  const char* name_;
  const std::vector<std::string>& locked_;
  std::optional<Error> locked_error_;
};

Status read_routing(const Json& section, const std::vector<std::string>& locked,
                    SettingValues& values) {
  SectionReader reader{section, "routing", locked};
  reader.choice("strategy", values.strategy,
                {"priority", "balanced", "fastest", "reliable", "smartest"});
  reader.integer("max_attempts", values.max_attempts, 1, 100);
  reader.millis("total_timeout_ms", values.total_timeout, 1'000, kHourMs);
  reader.integer("penalty_per_rate_limit", values.penalty_per_rate_limit, 0, 100);
  reader.integer("penalty_max", values.penalty_max, 0, 1000);
  reader.millis("penalty_decay_ms", values.penalty_decay, 1'000, kDayMs);
  reader.millis("sticky_ttl_ms", values.sticky_ttl, 0, kDayMs);
  reader.millis("max_wait_ms", values.max_wait, 0, kHourMs);
  reader.boolean("keyless", values.keyless);
  return reader.finish();
}

Status read_storage(const Json& section, const std::vector<std::string>& locked,
                    SettingValues& values) {
  SectionReader reader{section, "storage", locked};
  reader.millis("request_log_retention_ms", values.request_log_retention, kHourMs, 3'650 * kDayMs);
  reader.integer("request_log_max_rows", values.request_log_max_rows, 0, 1'000'000'000'000);
  return reader.finish();
}

Status read_auth(const Json& section, const std::vector<std::string>& locked,
                 SettingValues& values) {
  SectionReader reader{section, "auth", locked};
  reader.millis("session_ttl_ms", values.session_ttl, 60'000, 365 * kDayMs);
  return reader.finish();
}

Status read_analytics(const Json& section, const std::vector<std::string>& locked,
                      SettingValues& values) {
  SectionReader reader{section, "analytics", locked};
  reader.price("prompt_usd_per_million", values.price.prompt_usd_per_million);
  reader.price("completion_usd_per_million", values.price.completion_usd_per_million);
  return reader.finish();
}

/// A change is told by its member: the value in force cannot be compared, its password is not kept
/// as text.
void SectionReader::proxy(SettingValues& values) {
  const auto edit = read_proxy(body_, "proxy");
  if (!edit.is_given || (edit.url.empty() && !values.network_proxy)) return;
  if (std::find(locked_.begin(), locked_.end(), "network.proxy") != locked_.end()) {
    locked_error_ = refusal(409, "setting_locked",
                            "network.proxy is fixed by the configuration file.", "network.proxy");
    return;
  }
  values.new_proxy = std::make_shared<const Secret>(edit.url.clone());
}

Status read_network(const Json& section, const std::vector<std::string>& locked,
                    SettingValues& values) {
  SectionReader reader{section, "network", locked};
  reader.proxy(values);
  reader.boolean("allow_private_networks", values.allow_private_networks);
  return reader.finish();
}

Status read_health(const Json& section, const std::vector<std::string>& locked,
                   SettingValues& values) {
  SectionReader reader{section, "health", locked};
  const auto before = values.check_interval;
  reader.millis("check_interval_ms", values.check_interval, 0, 365 * kDayMs);
  const bool is_hasty = values.check_interval > Millis{0} && values.check_interval < kMinute;
  if (is_hasty && values.check_interval != before) {
    return refusal(400, "invalid_request",
                   "health.check_interval_ms must be 0 or at least 60000: platforms take frequent "
                   "checks for abuse.",
                   "health.check_interval_ms");
  }
  return reader.finish();
}

Status read_section(BodyReader& body, const char* name, const SettingsView& view,
                    SettingValues& values,
                    Status (*read)(const Json&, const std::vector<std::string>&, SettingValues&)) {
  if (!body.has(name)) return {};
  const Json& section = body.any(name);
  if (section.is_object()) return read(section, view.locked, values);
  return refusal(400, "invalid_request", std::string{name} + " must be an object.", name);
}

/// "freellmapi-…c61e": what every key begins with tells nothing.
std::string masked_api_key(std::string_view key) {
  constexpr std::string_view kPrefix = "freellmapi-";
  const bool is_usual = key.starts_with(kPrefix) && key.size() > 2 * kPrefix.size();
  return std::string{is_usual ? kPrefix : ""} + masked(key).substr(is_usual ? 4 : 0);
}

}  // namespace

Result<Reply> get_settings(Admin& admin, const Request&) {
  return reply(settings_json(admin.daemon.settings()));
}

Result<Reply> patch_settings(Admin& admin, const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  const auto view = admin.daemon.settings();
  auto values = view.values;
  if (const Status read = read_section(*body, "routing", view, values, &read_routing); !read)
    return read.error();
  if (const Status read = read_section(*body, "storage", view, values, &read_storage); !read)
    return read.error();
  if (const Status read = read_section(*body, "auth", view, values, &read_auth); !read)
    return read.error();
  if (const Status read = read_section(*body, "analytics", view, values, &read_analytics); !read)
    return read.error();
  if (const Status read = read_section(*body, "network", view, values, &read_network); !read)
    return read.error();
  if (const Status read = read_section(*body, "health", view, values, &read_health); !read)
    return read.error();
  if (const Status read = body->finish(); !read) return read.error();
  if (const Status changed = admin.daemon.change_settings(values); !changed) return changed.error();
  const auto now = admin.daemon.settings();
  admin.settings_version = now.version;
  admin.look_at_checks();
  admin.events.publish("settings", dump({{"version", now.version}}));
  return reply(settings_json(now));
}

Result<Reply> get_api_key(Admin& admin, const Request& request) {
  const auto times = store::secret_times(admin.db(), store::kUnifiedApiKey);
  if (!times) return times.error();
  const bool is_fixed = admin.daemon.api_key_is_fixed();
  std::optional<WallTime> created;
  std::optional<WallTime> used;
  if (*times && !is_fixed) {  // what is stored of a key that is not in force is not asked for
    created = (*times)->updated;
    used = (*times)->last_used;
  }
  // Written down once a minute; until then it is known from memory. A rotation begins anew.
  const auto recent = admin.services.metrics.last_key_use();
  if (recent > std::max(created.value_or(WallTime{}), used.value_or(WallTime{}))) used = recent;
  return reply({{"masked", masked_api_key(admin.daemon.api_key()->reveal())},
                {"created_at", time_or_null(created)},
                {"last_used_at", time_or_null(used)},
                {"fixed_by_environment", is_fixed},
                {"base_url", request.caller.origin + "/v1"}});
}

Result<Reply> reveal_api_key(Admin& admin, const Request&) {
  const auto key = admin.daemon.api_key();
  return reply({{"key", key->reveal()}, {"masked", masked_api_key(key->reveal())}});
}

Result<Reply> rotate_api_key(Admin& admin, const Request&) {
  if (admin.daemon.api_key_is_fixed()) {
    return refusal(409, "fixed_by_environment",
                   "FREELLMAPI_API_KEY fixes the key; change that variable instead.");
  }
  const auto fresh = admin.daemon.rotate_api_key();
  if (!fresh) return fresh.error();
  return reply({{"key", (*fresh)->reveal()}, {"masked", masked_api_key((*fresh)->reveal())}});
}

}  // namespace freellm::server::admin
