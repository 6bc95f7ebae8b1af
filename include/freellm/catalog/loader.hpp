#pragma once
// Reads catalog.json (format: docs/catalog.schema.json). Pure; the JSON tree is gone when this
// returns.
//
// A bad catalog is refused whole, with every problem found, so that one run of check-config shows
// them all.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/catalog/catalog.hpp"

namespace freellm::catalog {

/// What is wrong with one place of the document.
struct Problem {
  std::string pointer;  ///< JSON pointer: "/models/17/limits/0/count"
  std::string what;     ///< "must be at least 1"
  bool operator==(const Problem&) const = default;
};

/// At most 4 MiB. On failure the Error (kind configuration) names the first problem and how many
/// there are; `problems`, when given, receives all of them (at most 100).
[[nodiscard]] Result<Catalog> parse_catalog(std::string_view json,
                                            std::vector<Problem>* problems = nullptr);

/// The catalog.json this binary was built with. Lives as long as the process.
[[nodiscard]] std::string_view embedded_catalog();

/// Limits as the catalog, the admin API and the store write them: a JSON array of
/// {"metric","window","count","scope","reset"}.
[[nodiscard]] std::string limits_to_json(std::span<const Limit> limits);
[[nodiscard]] Result<std::vector<Limit>> parse_limits(std::string_view json);

}  // namespace freellm::catalog
