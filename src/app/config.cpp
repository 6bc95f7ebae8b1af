#include "freellm/app/config.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config_keys.hpp"

extern char** environ;  // NOLINT: POSIX

namespace freellm::app {
namespace {

constexpr std::uintmax_t kMaxConfigBytes = 1U << 20;

std::string default_data_dir(const Environment& environment) {
  const auto get = [&](const char* name) -> std::string {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
  };
  if (auto xdg = get("XDG_DATA_HOME"); !xdg.empty()) return xdg + "/freellmapi";
  if (auto home = get("HOME"); !home.empty()) return home + "/.local/share/freellmapi";
  return "./freellmapi-data";
}

/// Sets a key of the file by its name, from text that came by flag or environment.
void set_text(Config& config, std::string_view section, std::string_view name,
              const std::string& text, const std::string& where,
              std::vector<ConfigProblem>& problems) {
  for (const auto& key : config_keys()) {
    if (key.section != section || key.name != name) continue;
    ConfigValue value;
    value.kind = ConfigValue::Kind::string;
    value.text = text;
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (name == "port" && ec == std::errc{} && end == text.data() + text.size()) {
      value.kind = ConfigValue::Kind::integer;
      value.integer = number;
    }
    if (auto wrong = key.set(config, value); !wrong.empty()) {
      problems.push_back({where, "\"" + text + "\": " + wrong});
    }
  }
}

struct Source {
  std::string_view section, name, variable, flag;
  std::optional<std::string> Flags::*member;
};

constexpr Source kSources[] = {
    {"server", "host", "FREELLMAPI_HOST", "--host", &Flags::host},
    {"server", "port", "FREELLMAPI_PORT", "--port", &Flags::port},
    {"log", "level", "FREELLMAPI_LOG_LEVEL", "--log-level", &Flags::log_level},
    {"log", "format", "FREELLMAPI_LOG_FORMAT", "--log-format", &Flags::log_format},
};

void read_file(LoadedConfig& loaded, const std::vector<std::string>& known_platforms) {
  const auto& path = loaded.config.config_file;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    loaded.problems.push_back({path, "cannot be read; check the path and its permissions"});
    return;
  }
  std::string text(kMaxConfigBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxConfigBytes) {
    loaded.problems.push_back({path, "is larger than 1 MiB; this is not a configuration file"});
    return;
  }
  apply_toml(loaded.config, text, path, known_platforms, loaded.problems);
}

bool is_loopback_name(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

const std::string* find_nonempty(const Environment& environment, std::string_view name) {
  const auto found = environment.find(std::string{name});
  return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

LoadedConfig load_config(const Flags& flags, const Environment& environment,
                         const std::vector<std::string>& known_platforms) {
  LoadedConfig loaded;
  Config& config = loaded.config;
  config.data_dir = default_data_dir(environment);
  if (const auto* dir = find_nonempty(environment, "FREELLMAPI_DATA_DIR")) config.data_dir = *dir;
  if (const auto* file = find_nonempty(environment, "FREELLMAPI_CONFIG"))
    config.config_file = *file;
  if (flags.data_dir) config.data_dir = *flags.data_dir;
  if (flags.config_file) config.config_file = *flags.config_file;

  if (!config.config_file.empty()) read_file(loaded, known_platforms);
  for (const auto& source : kSources) {
    if (const auto* text = find_nonempty(environment, source.variable)) {
      set_text(config, source.section, source.name, *text, std::string{source.variable},
               loaded.problems);
    }
    if (const auto& flag = flags.*source.member) {
      set_text(config, source.section, source.name, *flag, std::string{source.flag},
               loaded.problems);
    }
  }
  if (config.host.empty()) loaded.problems.push_back({"server.host", "must not be empty"});
  // Anyone who can reach the port could spend the owner's quota: an open proxy must not be one typo
  // away.
  if (!config.require_api_key && !is_loopback_name(config.host)) {
    loaded.problems.push_back(
        {"auth.require_api_key",
         "false is only allowed when server.host is a loopback address; it is " + config.host});
  }
  return loaded;
}

Environment current_environment() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (const auto at = text.find('='); at != std::string_view::npos) {
      result.emplace(text.substr(0, at), text.substr(at + 1));
    }
  }
  return result;
}

}  // namespace freellm::app
