// The TOML side of the configuration: walks the document and reports every problem with file and
// line.
#include <toml++/toml.h>

#include "config_keys.hpp"
#include "freellm/app/config.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::app {
namespace {

ConfigValue to_value(const toml::node& node) {
  ConfigValue value;
  if (const auto text = node.value_exact<std::string>()) {
    value.kind = ConfigValue::Kind::string;
    value.text = *text;
  } else if (const auto integer = node.value_exact<std::int64_t>()) {
    value.kind = ConfigValue::Kind::integer;
    value.integer = *integer;
  } else if (const auto real = node.value_exact<double>()) {
    value.kind = ConfigValue::Kind::real;
    value.real = *real;
  } else if (const auto boolean = node.value_exact<bool>()) {
    value.kind = ConfigValue::Kind::boolean;
    value.boolean = *boolean;
  } else if (const auto* array = node.as_array()) {
    value.kind = ConfigValue::Kind::string_list;
    for (const auto& item : *array) {
      const auto text_item = item.value_exact<std::string>();
      if (!text_item) return {};
      value.list.push_back(*text_item);
    }
  }
  return value;
}

class TomlReader {
 public:
  TomlReader(Config& config, const std::string& file, const std::vector<std::string>& platforms,
             std::vector<ConfigProblem>& problems)
      : config_(config),
        file_(file),
        platforms_(platforms.begin(), platforms.end()),
        problems_(problems) {}

  void read(const toml::table& root) {
    for (const auto& [name, node] : root) {
      if (name == "platforms") {
        read_platforms(node);
      } else if (name == "custom") {
        read_custom(node);
      } else if (name == "aliases") {
        read_aliases(node);
      } else {
        read_section(name.str(), name.source(), node);
      }
    }
  }

 private:
  void problem(const toml::source_region& region, std::string what) {
    problems_.push_back({file_ + ":" + std::to_string(region.begin.line), std::move(what)});
  }

  void unknown(const toml::source_region& region, std::string_view path, std::string_view name,
               std::span<const std::string_view> candidates) {
    std::string what = "unknown key \"" + std::string{path} + std::string{name} + "\"";
    if (const auto hint = nearest(name, candidates); !hint.empty()) {
      what += "; did you mean \"" + std::string{path} + hint + "\"?";
    }
    problem(region, std::move(what));
  }

  const toml::table* expect_table(const toml::node& node, std::string_view name) {
    if (!node.is_table()) problem(node.source(), "\"" + std::string{name} + "\" must be a table");
    return node.as_table();
  }

  void read_section(std::string_view section, const toml::source_region& region,
                    const toml::node& node) {
    std::vector<std::string_view> names;
    for (const auto& key : config_keys()) {
      if (key.section == section) names.push_back(key.name);
    }
    if (names.empty()) {
      static constexpr std::string_view kSections[] = {"server",  "tls",       "auth",    "routing",
                                                       "aliases", "storage",   "network", "health",
                                                       "log",     "platforms", "custom"};
      return unknown(region, "", section, kSections);
    }
    const auto* table = expect_table(node, section);
    if (table == nullptr) return;
    for (const auto& [name, value] : *table) {
      const auto key = std::find_if(
          config_keys().begin(), config_keys().end(),
          [&](const ConfigKey& k) { return k.section == section && k.name == name.str(); });
      if (key == config_keys().end()) {
        unknown(name.source(), std::string{section} + ".", name.str(), names);
      } else if (auto wrong = key->set(config_, to_value(value)); !wrong.empty()) {
        problem(value.source(), std::string{section} + "." + std::string{name.str()} + " " + wrong);
      }
    }
  }

  void read_aliases(const toml::node& node) {
    const auto* table = expect_table(node, "aliases");
    if (table == nullptr) return;
    for (const auto& [name, value] : *table) {
      const auto target = value.value_exact<std::string>();
      if (!target || target->empty() || name.str().empty()) {
        problem(value.source(),
                "aliases.\"" + std::string{name.str()} + "\" must name a model or \"auto\"");
      } else {
        config_.aliases.emplace_back(name.str(), *target);
      }
    }
  }

  void read_platforms(const toml::node& node) {
    const auto* table = expect_table(node, "platforms");
    if (table == nullptr) return;
    for (const auto& [slug, settings] : *table) {
      const auto* inner = expect_table(settings, "platforms." + std::string{slug.str()});
      if (inner == nullptr) continue;
      if (std::find(platforms_.begin(), platforms_.end(), slug.str()) == platforms_.end()) {
        unknown(slug.source(), "platforms.", slug.str(), platforms_);
        continue;
      }
      auto& platform = config_.platforms[std::string{slug.str()}];
      for (const auto& [name, value] : *inner) {
        const auto names = platform_key_names();
        const auto path = "platforms." + std::string{slug.str()} + ".";
        if (std::find(names.begin(), names.end(), name.str()) == names.end()) {
          unknown(name.source(), path, name.str(), names);
        } else if (auto wrong = set_platform_key(platform, name.str(), to_value(value));
                   !wrong.empty()) {
          problem(value.source(), path + std::string{name.str()} + " " + wrong);
        }
      }
    }
  }

  void read_custom(const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr || !list->is_homogeneous<toml::table>()) {
      return problem(node.source(), "write custom endpoints as [[custom]] tables");
    }
    for (const auto& item : *list) read_custom_endpoint(*item.as_table());
  }

  void read_custom_endpoint(const toml::table& table) {
    CustomEndpointSettings endpoint;
    for (const auto& [name, node] : table) {
      const auto value = to_value(node);
      const bool is_text = value.kind == ConfigValue::Kind::string && !value.text.empty();
      if (name == "models") {
        if (value.kind == ConfigValue::Kind::string_list) endpoint.models = value.list;
        if (endpoint.models.empty())
          problem(node.source(), "custom.models must be a list of model ids");
      } else if (name == "name" || name == "base_url" || name == "api_key_env") {
        if (!is_text)
          problem(node.source(), "custom." + std::string{name.str()} + " must be a string");
        if (name == "name") endpoint.name = value.text;
        if (name == "base_url") endpoint.base_url = value.text;
        if (name == "api_key_env") endpoint.api_key_env = value.text;
      } else if (name == "vision") {
        if (value.kind != ConfigValue::Kind::boolean)
          problem(node.source(), "custom.vision must be true or false");
        endpoint.vision = value.boolean;
      } else {
        unknown(name.source(), "custom.", name.str(), custom_key_names());
      }
    }
    if (endpoint.name.empty()) problem(table.source(), "a [[custom]] endpoint needs a name");
    if (endpoint.models.empty())
      problem(table.source(), "a [[custom]] endpoint needs models = [\"...\"]");
    if (const auto url = wire::parse_base_url(endpoint.base_url); !url) {
      problem(table.source(), "custom.base_url: " + url.error().message);
    }
    config_.custom.push_back(std::move(endpoint));
  }

  Config& config_;
  const std::string& file_;
  std::vector<std::string_view> platforms_;
  std::vector<ConfigProblem>& problems_;
};

}  // namespace

void apply_toml(Config& config, std::string_view text, const std::string& file,
                const std::vector<std::string>& known_platforms,
                std::vector<ConfigProblem>& problems) {
  try {
    const toml::table root = toml::parse(text, file);
    TomlReader{config, file, known_platforms, problems}.read(root);
  } catch (const toml::parse_error& e) {
    problems.push_back(
        {file + ":" + std::to_string(e.source().begin.line), std::string{e.description()}});
  }
}

}  // namespace freellm::app
