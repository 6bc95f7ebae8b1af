#pragma once
// Reading a limit out of JSON; shared by the catalog loader and parse_limits().

#include <vector>

#include "freellm/catalog/types.hpp"
#include "json_node.hpp"

namespace freellm::catalog {

/// Which scopes may stand in this place.
enum class LimitPlace : std::uint8_t {
  platform,  ///< shared limits: key, platform
  model,     ///< model_key
  anywhere,
};

/// Reads an array of limits. A limit named twice (same metric, window and scope) is a problem.
[[nodiscard]] std::vector<Limit> read_limits(const std::vector<JsonNode>& nodes, LimitPlace place);

}  // namespace freellm::catalog
