#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "freellm/app/daemon.hpp"
#include "freellm/app/routes.hpp"

namespace freellm::app {
namespace {

using Json = nlohmann::json;

int refuse(const Invocation& invocation, const std::vector<ConfigProblem>& problems) {
  Json list = Json::array();
  for (const auto& [where, what] : problems) {
    std::fprintf(stderr, "%s: %s\n", where.c_str(), what.c_str());
    list.push_back({{"where", where}, {"what", what}});
  }
  if (invocation.json) answer(invocation, "", {{"valid", false}, {"problems", std::move(list)}});
  return kExitUsage;
}

}  // namespace

int check_config(const Invocation& invocation) {
  const auto& [flags, environment, json] = invocation;
  auto loaded = load_config(flags, environment, {});
  const auto catalog = load_catalog(loaded.config.data_dir);
  if (!catalog) return fail(invocation, catalog.error());
  loaded = load_config(flags, environment, platform_slugs(*catalog));
  if (!loaded.problems.empty()) return refuse(invocation, loaded.problems);
  const auto configured = configured_catalog(*catalog, loaded.config);
  if (!configured) return fail(invocation, configured.error());
  const auto enabled = std::count_if(configured->models.begin(), configured->models.end(),
                                     [](const auto& model) { return model.enabled; });
  return answer(invocation,
                "Configuration is valid: " + std::to_string(configured->platforms.size()) +
                    " platforms, " + std::to_string(configured->models.size()) + " models (" +
                    std::to_string(enabled) + " enabled), data directory " + loaded.config.data_dir,
                {{"valid", true},
                 {"problems", Json::array()},
                 {"config_file", loaded.config.config_file},
                 {"data_dir", loaded.config.data_dir},
                 {"platforms", configured->platforms.size()},
                 {"models", configured->models.size()},
                 {"enabled_models", enabled}});
}

}  // namespace freellm::app
