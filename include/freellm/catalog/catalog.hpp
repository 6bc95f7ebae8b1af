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
  /// Quirk rows that came with the catalog, as a JSON object of sets by name, for
  /// provider::parse_catalog_quirks(); empty when it has none.
  std::string quirks;
};

/// A model of a custom endpoint. Nothing is known of it but what its owner says.
struct CustomModel {
  std::string upstream_id;
  std::string display_name;         ///< "" = the upstream id
  std::string logical_name;         ///< likewise
  std::int64_t context_window = 0;  ///< tokens; 0 = unknown
  /// Presumed: the owner knows what runs there, and a wrong "no" would hide it. But images: most
  /// local models take none, and an answer that ignores one looks right.
  Capabilities capabilities{.tools = true, .vision = false, .reasoning = true, .json_schema = true};
  bool operator==(const CustomModel&) const = default;
};

[[nodiscard]] std::vector<CustomModel> models_named(const std::vector<std::string>& upstream_ids);

/// An OpenAI-compatible endpoint of the user's own: [[custom]] in the configuration file, or from
/// the dashboard.
struct CustomEndpoint {
  std::string name;   ///< becomes the platform's slug: [a-z0-9_-], not a slug of the catalog
  std::string title;  ///< for people; "" = the name
  wire::BaseUrl base_url;
  std::vector<CustomModel> models;
  Timeouts timeouts;
  wire::Reach reach = wire::Reach::private_too;
};

inline constexpr std::size_t kMaxCustomModels = 1000;
inline constexpr std::size_t kMaxModelIdBytes = 256;

/// Appends a custom platform and its models (behind all others, without limits). Fails on a bad or
/// taken name, or a model named twice.
[[nodiscard]] Status add_custom(Catalog& catalog, const CustomEndpoint& endpoint);

/// The rule for slugs, as add_custom() applies it.
[[nodiscard]] bool is_well_formed_slug(std::string_view text);

/// The platform with that slug, or nullptr.
[[nodiscard]] Platform* find_platform(Catalog& catalog, std::string_view slug);

}  // namespace freellm::catalog
