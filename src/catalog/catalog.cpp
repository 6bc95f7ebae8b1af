#include "freellm/catalog/catalog.hpp"

#include <algorithm>
#include <set>

#include "freellm/catalog/loader.hpp"
#include "slug.hpp"

namespace freellm::embedded {
extern const std::string_view catalog_json;  // config/catalog.json, see cmake/embed.cmake
}

namespace freellm::catalog {
namespace {

Error bad(std::string message) {
  return Error{
      .kind = ErrorKind::configuration, .message = std::move(message), .code = "invalid_custom"};
}

Status check(Catalog& catalog, const CustomEndpoint& endpoint) {
  if (!is_slug(endpoint.name))
    return bad("custom endpoint \"" + endpoint.name + "\": name " + kSlugRule);
  const std::string who = "custom endpoint \"" + endpoint.name + "\": ";
  if (find_platform(catalog, endpoint.name) != nullptr)
    return bad(who + "a platform has this name already");
  if (endpoint.models.size() > kMaxCustomModels) return bad(who + "more than 1000 models");
  std::set<std::string_view> seen;
  for (const auto& model : endpoint.models) {
    const auto& id = model.upstream_id;
    if (id.empty() || id.size() > kMaxModelIdBytes)
      return bad(who + "a model id must have 1 to 256 bytes");
    if (!seen.insert(id).second) return bad(who + "model \"" + id + "\" stands there twice");
  }
  return {};
}

Model custom_model(PlatformId platform, const CustomModel& custom, std::int32_t index) {
  const auto or_id = [&](const std::string& name) {
    return name.empty() ? custom.upstream_id : name;
  };
  Model model;
  model.id = ModelId{index + 1};
  model.platform = platform;
  model.upstream_id = custom.upstream_id;
  model.logical_name = or_id(custom.logical_name);
  model.display_name = or_id(custom.display_name);
  model.context_window = custom.context_window;
  model.capabilities = custom.capabilities;
  model.position = index;
  return model;
}

}  // namespace

Platform* find_platform(Catalog& catalog, std::string_view slug) {
  const auto found = std::find_if(catalog.platforms.begin(), catalog.platforms.end(),
                                  [&](const Platform& platform) { return platform.slug == slug; });
  return found == catalog.platforms.end() ? nullptr : &*found;
}

Status add_custom(Catalog& catalog, const CustomEndpoint& endpoint) {
  if (auto status = check(catalog, endpoint); !status) return status;
  Platform platform;
  platform.id = PlatformId{static_cast<std::int32_t>(catalog.platforms.size()) + 1};
  platform.slug = endpoint.name;
  platform.name = endpoint.title.empty() ? endpoint.name : endpoint.title;
  platform.base_url = endpoint.base_url;
  platform.timeouts = endpoint.timeouts;
  platform.egress.reach = endpoint.reach;
  platform.keyless = true;  // llama.cpp and its like ask for none; a key, when stored, is used
  platform.custom = true;
  platform.quirks = endpoint.name;
  for (const auto& model : endpoint.models) {
    catalog.models.push_back(
        custom_model(platform.id, model, static_cast<std::int32_t>(catalog.models.size())));
  }
  catalog.platforms.push_back(std::move(platform));
  return {};
}

bool is_well_formed_slug(std::string_view text) { return is_slug(text); }

std::vector<CustomModel> models_named(const std::vector<std::string>& upstream_ids) {
  std::vector<CustomModel> models;
  for (const auto& id : upstream_ids) models.emplace_back().upstream_id = id;
  return models;
}

std::string_view embedded_catalog() { return embedded::catalog_json; }

}  // namespace freellm::catalog
