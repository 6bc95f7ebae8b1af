#pragma once
// Platforms and models: the tables that give every one a stable id and keep the user's edits. The
// figures themselves stay in the catalog, so a new catalog takes effect at once and cannot undo an
// edit.

#include <optional>
#include <span>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/catalog/catalog.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

/// Gives every platform and model of `catalog` its stable id (new ones get the next free id; ids of
/// vanished ones stay reserved), then applies the stored edits: enabled, limits, position. Writes
/// only when something new appeared. The result's models stand in fallback order with positions
/// 0..n-1; those the user never placed come after the placed ones, in catalog order.
[[nodiscard]] Result<catalog::Catalog> sync_catalog(Db& db, catalog::Catalog catalog);

/// nullopt members are left as they are; an inner nullopt takes the edit back, so the catalog
/// decides again.
struct ModelEdit {
  std::optional<std::optional<bool>> enabled;
  std::optional<std::optional<std::vector<catalog::Limit>>> limits;
};
/// Fails with code "not_found".
[[nodiscard]] Status edit_model(Db& db, ModelId id, const ModelEdit& edit);
[[nodiscard]] Status edit_platform(Db& db, PlatformId id, std::optional<bool> enabled);

/// Replaces the fallback order. Fails with code "invalid_order" on an unknown or repeated id;
/// models not named come after the named ones.
[[nodiscard]] Status set_fallback_order(Db& db, std::span<const ModelId> order);
/// Back to the catalog's order.
[[nodiscard]] Status reset_fallback_order(Db& db);

}  // namespace freellm::store
