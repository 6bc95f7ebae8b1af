#include "config_keys.hpp"

#include <algorithm>
#include <array>

#include "freellm/base/duration.hpp"
#include "freellm/wire/ip_network.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::app {
namespace {

using Kind = ConfigValue::Kind;

std::string set_string(std::string& target, const ConfigValue& value) {
  if (value.kind != Kind::string) return "must be a string";
  target = value.text;
  return {};
}

std::string set_choice(std::string& target, const ConfigValue& value,
                       std::initializer_list<std::string_view> choices) {
  std::string list;
  for (const auto choice : choices) {
    if (value.kind == Kind::string && value.text == choice) {
      target = value.text;
      return {};
    }
    list += list.empty() ? "" : ", ";
    list += choice;
  }
  return "must be one of: " + list;
}

std::string set_boolean(bool& target, const ConfigValue& value) {
  if (value.kind != Kind::boolean) return "must be true or false";
  target = value.boolean;
  return {};
}

template <class Int>
std::string set_integer(Int& target, const ConfigValue& value, std::int64_t low,
                        std::int64_t high) {
  if (value.kind != Kind::integer || value.integer < low || value.integer > high) {
    return "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  }
  target = static_cast<Int>(value.integer);
  return {};
}

std::string set_number(double& target, const ConfigValue& value, double low, double high) {
  const double number =
      value.kind == Kind::integer ? static_cast<double>(value.integer) : value.real;
  if ((value.kind != Kind::integer && value.kind != Kind::real) || number < low || number > high) {
    return "must be a number from " + std::to_string(static_cast<long>(low)) + " to " +
           std::to_string(static_cast<long>(high));
  }
  target = number;
  return {};
}

std::string set_duration(Millis& target, const ConfigValue& value, Millis low, Millis high) {
  const auto parsed = value.kind == Kind::string ? parse_duration(value.text) : std::nullopt;
  if (!parsed)
    return "must be a duration with a unit, such as \"250ms\", \"30s\", \"2m\", \"24h\" or \"90d\"";
  if (*parsed < low || *parsed > high) {
    return "must be between \"" + format_duration(low) + "\" and \"" + format_duration(high) + "\"";
  }
  target = *parsed;
  return {};
}

std::string set_proxy(std::shared_ptr<const wire::ProxyUrl>& target, const ConfigValue& value) {
  if (value.kind != Kind::string) return "must be a string";
  target.reset();
  if (value.text.empty()) return {};
  auto parsed = wire::parse_proxy_url(value.text);
  if (!parsed) return ": " + parsed.error().message;
  target = std::make_shared<const wire::ProxyUrl>(*std::move(parsed));
  return {};
}

std::string set_list(std::vector<std::string>& target, const ConfigValue& value) {
  if (value.kind != Kind::string_list) return "must be a list of strings";
  target = value.list;
  return {};
}

std::string set_networks(std::vector<std::string>& target, const ConfigValue& value) {
  if (auto wrong = set_list(target, value); !wrong.empty()) return wrong;
  for (const auto& text : target) {
    if (!wire::parse_network(text))
      return "\"" + text + "\" is neither an address nor a network such as \"10.0.0.0/8\"";
  }
  return {};
}

constexpr Millis kZero{0};
constexpr Millis kSecond{1'000};
constexpr Millis kHour{3'600'000};
constexpr Millis kYear{365LL * 86'400'000};

// clang-format off
constexpr std::array kKeys{
    ConfigKey{"server", "host", "address", "Address to listen on. Anything but loopback makes the API key mandatory.",
              [](Config& c, const ConfigValue& v) { return set_string(c.host, v); }},
    ConfigKey{"server", "port", "0 to 65535", "Port to listen on; 0 picks a free one, which the start-up lines name.",
              [](Config& c, const ConfigValue& v) { return set_integer(c.port, v, 0, 65535); }},
    ConfigKey{"server", "workers", "0 to 64", "Threads that serve requests; 0 means one per core, at most 4.",
              [](Config& c, const ConfigValue& v) { return set_integer(c.workers, v, 0, 64); }},
    ConfigKey{"server", "max_body_bytes", "1024 to 1073741824", "Largest request body accepted.",
              [](Config& c, const ConfigValue& v) { return set_integer(c.max_body_bytes, v, 1024, 1LL << 30); }},
    ConfigKey{"server", "drain_timeout", "duration", "How long running requests may go on after SIGTERM.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.drain_timeout, v, kZero, kHour); }},
    ConfigKey{"server", "trusted_proxies", "list of addresses or networks", "Reverse proxies whose X-Forwarded-For and -Proto are believed.",
              [](Config& c, const ConfigValue& v) { return set_networks(c.trusted_proxies, v); }},
    ConfigKey{"server", "cors_origins", "list of origins", "Web origins that browsers may call /v1 from; none by default.",
              [](Config& c, const ConfigValue& v) { return set_list(c.cors_origins, v); }},
    ConfigKey{"server", "allowed_hosts", "list of host names", "Names that the dashboard may be opened under, besides localhost and IP addresses.",
              [](Config& c, const ConfigValue& v) { return set_list(c.allowed_hosts, v); }},
    ConfigKey{"tls", "ca_file", "path", "Further trusted CAs for upstreams (PEM). Verification itself is never off.",
              [](Config& c, const ConfigValue& v) { return set_string(c.ca_file, v); }},
    ConfigKey{"auth", "require_api_key", "true or false", "false is honoured on a loopback address only.",
              [](Config& c, const ConfigValue& v) { return set_boolean(c.require_api_key, v); }},
    ConfigKey{"auth", "session_ttl", "duration", "How long a dashboard session lives after its last use.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.session_ttl, v, Millis{60'000}, kYear); }},
    ConfigKey{"routing", "strategy", "priority, balanced, fastest, reliable or smartest", "How candidates are ordered.",
              [](Config& c, const ConfigValue& v) {
                return set_choice(c.strategy, v, {"priority", "balanced", "fastest", "reliable", "smartest"}); }},
    ConfigKey{"routing", "max_attempts", "1 to 100", "Upstream tries per request before the first byte.",
              [](Config& c, const ConfigValue& v) { return set_integer(c.max_attempts, v, 1, 100); }},
    ConfigKey{"routing", "total_timeout", "duration", "Budget of one request until its first byte, over all attempts.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.total_timeout, v, kSecond, kHour); }},
    ConfigKey{"routing", "penalty_per_rate_limit", "0 to 1000", "Places a model sinks for a rate-limit answer.",
              [](Config& c, const ConfigValue& v) { return set_number(c.penalty_per_rate_limit, v, 0, 1000); }},
    ConfigKey{"routing", "penalty_max", "0 to 1000", "Most places a model can sink.",
              [](Config& c, const ConfigValue& v) { return set_number(c.penalty_max, v, 0, 1000); }},
    ConfigKey{"routing", "penalty_decay", "duration", "Time after which a penalty shrinks by one.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.penalty_decay, v, kSecond, 24 * kHour); }},
    ConfigKey{"routing", "sticky_ttl", "duration", "How long a conversation keeps its model after its last success.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.sticky_ttl, v, kZero, 24 * kHour); }},
    ConfigKey{"routing", "max_wait", "duration", "Longest wait for a free slot instead of a 429; 0 never waits.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.max_wait, v, kZero, kHour); }},
    ConfigKey{"routing", "keyless", "true or false", "Whether platforms that need no key serve too.",
              [](Config& c, const ConfigValue& v) { return set_boolean(c.keyless, v); }},
    ConfigKey{"storage", "request_log_retention", "duration", "Age at which log rows are deleted.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.request_log_retention, v, kHour, 10 * kYear); }},
    ConfigKey{"storage", "request_log_max_rows", "0 or more", "Most log rows kept; 0 is unlimited.",
              [](Config& c, const ConfigValue& v) { return set_integer(c.request_log_max_rows, v, 0, 1'000'000'000'000); }},
    ConfigKey{"analytics", "prompt_usd_per_million", "0 to 10000", "Price of a million prompt tokens that the saved cost is reckoned at; 0 = not set.",
              [](Config& c, const ConfigValue& v) { return set_number(c.prompt_usd_per_million, v, 0, 10'000); }},
    ConfigKey{"analytics", "completion_usd_per_million", "0 to 10000", "Likewise, of a million tokens answered.",
              [](Config& c, const ConfigValue& v) { return set_number(c.completion_usd_per_million, v, 0, 10'000); }},
    ConfigKey{"network", "proxy", "URL", "Outbound proxy for all platforms: http://, https:// or socks5://; empty for none.",
              [](Config& c, const ConfigValue& v) { return set_proxy(c.network_proxy, v); }},
    ConfigKey{"network", "allow_private_networks", "true or false", "Whether endpoints made in the dashboard may have private addresses.",
              [](Config& c, const ConfigValue& v) { return set_boolean(c.allow_private_networks, v); }},
    ConfigKey{"health", "check_interval", "duration", "Between two checks of one stored key; 0 never checks by itself.",
              [](Config& c, const ConfigValue& v) { return set_duration(c.check_interval, v, kZero, kYear); }},
    ConfigKey{"log", "level", "trace, debug, info, warn or error", "Least severe level that is written.",
              [](Config& c, const ConfigValue& v) {
                return set_choice(c.log_level, v, {"trace", "debug", "info", "warn", "error"}); }},
    ConfigKey{"log", "format", "text or json", "Form of a log line.",
              [](Config& c, const ConfigValue& v) { return set_choice(c.log_format, v, {"text", "json"}); }},
};
// clang-format on

constexpr std::array kPlatformKeys{
    KeyText{"enabled", "true or false", "Whether it is used at all."},
    KeyText{"base_url", "URL", "Replaces the catalog's address, path and all."},
    KeyText{"first_byte_timeout", "duration", "How long to wait for the first byte of an answer."},
    KeyText{"stall_timeout", "duration", "How long to wait between two pieces of a stream."},
    KeyText{"proxy", "URL", "A proxy on the way to this platform."},
};
constexpr std::array kCustomKeys{
    KeyText{"name", "word", "What it is called in model names and in the dashboard."},
    KeyText{"base_url", "URL", "Its address, up to and with /v1."},
    KeyText{"models", "list of model ids", "What it serves."},
    KeyText{"api_key_env", "name of a variable",
            "The environment variable that holds its key, if it needs one."},
    KeyText{"vision", "true or false", "Whether its models take images; false unless you say so."},
};

template <std::size_t N>
constexpr std::array<std::string_view, N> names_of(const std::array<KeyText, N>& keys) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = keys[i].name;
  return names;
}
constexpr auto kPlatformNames = names_of(kPlatformKeys);
constexpr auto kCustomNames = names_of(kCustomKeys);

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }
std::span<const KeyText> platform_key_texts() { return kPlatformKeys; }
std::span<const KeyText> custom_key_texts() { return kCustomKeys; }
std::span<const std::string_view> platform_key_names() { return kPlatformNames; }
std::span<const std::string_view> custom_key_names() { return kCustomNames; }

std::string set_platform_key(PlatformSettings& platform, std::string_view name,
                             const ConfigValue& value) {
  if (name == "enabled") return set_boolean(platform.enabled.emplace(), value);
  if (name == "first_byte_timeout") {
    return set_duration(platform.first_byte_timeout.emplace(), value, kSecond, kHour);
  }
  if (name == "stall_timeout")
    return set_duration(platform.stall_timeout.emplace(), value, kSecond, kHour);
  if (name == "proxy") {
    if (auto wrong = set_string(platform.proxy.emplace(), value); !wrong.empty()) return wrong;
    if (platform.proxy->empty()) return {};
    const auto proxy = wire::parse_proxy_url(*platform.proxy);
    return proxy ? std::string{} : ": " + proxy.error().message;
  }
  if (auto wrong = set_string(platform.base_url.emplace(), value); !wrong.empty()) return wrong;
  if (const auto url = wire::parse_base_url(*platform.base_url); !url) return url.error().message;
  return {};
}

std::string nearest(std::string_view name, std::span<const std::string_view> candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 2);
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(name, candidate);
    if (distance < best_distance || (distance == best_distance && best.empty())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace freellm::app
