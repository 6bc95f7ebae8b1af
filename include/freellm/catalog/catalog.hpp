#pragma once
// Catalog: the platforms and models this build (or the operator's file) knows, before anybody's
// edits.
//
// A plain value. Ids are provisional (platform i has id i+1, likewise models) until
// store::sync_catalog() has replaced them by the stable ids of the database; models stand in the
// default fallback order.

#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/catalog/types.hpp"

namespace freellm::catalog {

struct Catalog {
  std::string version;  ///< date of the data: "2026-11-22"
  std::vector<Platform> platforms;
  std::vector<Model> models;
};

/// An OpenAI-compatible endpoint of the operator's own: [[custom]] in the configuration file.
struct CustomEndpoint {
  std::string name;  ///< becomes the platform's slug: [a-z0-9_-], not a slug of the catalog
  wire::BaseUrl base_url;
  std::vector<std::string> models;  ///< upstream ids
};

/// Appends a custom platform and its models (behind all others, nothing known about them: no
/// limits, every capability presumed). Fails on a bad or taken name, no models, or a model named
/// twice.
[[nodiscard]] Status add_custom(Catalog& catalog, const CustomEndpoint& endpoint);

/// The platform with that slug, or nullptr.
[[nodiscard]] Platform* find_platform(Catalog& catalog, std::string_view slug);

}  // namespace freellm::catalog
