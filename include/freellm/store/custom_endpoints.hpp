#pragma once
// Endpoints of the user's own that were made in the dashboard. Functions over a connection; run the
// changing ones through Writer::change(). Those of the configuration file are not kept here.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/catalog/catalog.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

struct StoredEndpoint {
  PlatformId platform;
  std::string slug;
  std::string title;
  std::string base_url;
  bool allow_private = false;  ///< its address may be private or loopback
  catalog::Timeouts timeouts;
  std::vector<catalog::CustomModel> models;
  WallTime created_at;
};

/// By slug.
[[nodiscard]] Result<std::vector<StoredEndpoint>> list_endpoints(Db& db);

/// `endpoint.platform` is not read. Fails with code "name_taken" when a platform of that slug is
/// known and no endpoint was it before (whose keys and edits are gone by then).
[[nodiscard]] Result<PlatformId> add_endpoint(Db& db, const StoredEndpoint& endpoint);

struct EndpointEdit {
  std::optional<std::string> title;
  std::optional<std::string> base_url;
  std::optional<bool> allow_private;
  std::optional<catalog::Timeouts> timeouts;
  std::optional<std::vector<catalog::CustomModel>> models;  ///< replaces the list
};
/// Fails with code "not_found".
[[nodiscard]] Status edit_endpoint(Db& db, std::string_view slug, const EndpointEdit& edit);

/// With its keys, its models and what was set for them. The platform's and the models' ids stay
/// reserved: the log refers to them. Fails with code "not_found".
[[nodiscard]] Status remove_endpoint(Db& db, std::string_view slug);

}  // namespace freellm::store
