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

constexpr std::size_t kMaxCustomModels = 1000;
constexpr std::size_t kMaxModelIdBytes = 256;

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
  if (endpoint.models.empty()) return bad(who + "name at least one model");
  if (endpoint.models.size() > kMaxCustomModels) return bad(who + "more than 1000 models");
  std::set<std::string_view> seen;
  for (const auto& model : endpoint.models) {
    if (model.empty() || model.size() > kMaxModelIdBytes)
      return bad(who + "a model id must have 1 to 256 bytes");
    if (!seen.insert(model).second) return bad(who + "model \"" + model + "\" stands there twice");
  }
  return {};
}

Model custom_model(PlatformId platform, const std::string& upstream_id, std::int32_t index) {
  Model model;
  model.id = ModelId{index + 1};
  model.platform = platform;
  model.upstream_id = upstream_id;
  model.logical_name = upstream_id;
  model.display_name = upstream_id;
  // Nothing is known: presume it can, since the operator knows what runs there and a wrong "no"
  // would hide it.
  model.capabilities = {.tools = true, .vision = true, .reasoning = true, .json_schema = true};
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
  platform.name = endpoint.name;
  platform.base_url = endpoint.base_url;
  platform.keyless = true;  // llama.cpp and its like ask for none; a key, when stored, is used
  platform.custom = true;
  platform.quirks = endpoint.name;
  for (const auto& id : endpoint.models) {
    catalog.models.push_back(
        custom_model(platform.id, id, static_cast<std::int32_t>(catalog.models.size())));
  }
  catalog.platforms.push_back(std::move(platform));
  return {};
}

std::string_view embedded_catalog() { return embedded::catalog_json; }

}  // namespace freellm::catalog
