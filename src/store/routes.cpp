#include "freellm/store/routes.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "freellm/catalog/loader.hpp"

namespace freellm::store {
namespace {

struct StoredPlatform {
  PlatformId id;
  std::optional<std::int64_t> enabled;
};

struct StoredModel {
  ModelId id;
  std::optional<std::int64_t> enabled;
  std::optional<std::string> limits;
  std::optional<std::int64_t> position;
};

using StoredPlatforms = std::map<std::string, StoredPlatform, std::less<>>;
using StoredModels = std::map<std::pair<std::int32_t, std::string>, StoredModel>;

Error refusal(int http_status, std::string code, std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = http_status,
               .message = std::move(message),
               .code = std::move(code)};
}

std::int32_t id_of(std::int64_t value) { return static_cast<std::int32_t>(value); }

Result<StoredPlatforms> read_platforms(Db& db) {
  auto rows = db.prepare("SELECT id, slug, enabled FROM platform");
  if (!rows) return rows.error();
  StoredPlatforms platforms;
  rows->bind();
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return platforms;
    platforms.emplace(rows->text(1), StoredPlatform{PlatformId{id_of(rows->integer(0))},
                                                    rows->optional_integer(2)});
  }
}

Result<StoredModels> read_models(Db& db) {
  auto rows =
      db.prepare("SELECT id, platform_id, upstream_id, enabled, limits, position FROM model");
  if (!rows) return rows.error();
  StoredModels models;
  rows->bind();
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return models;
    StoredModel model{ModelId{id_of(rows->integer(0))}, rows->optional_integer(3), std::nullopt,
                      rows->optional_integer(5)};
    if (!rows->is_null(4)) model.limits = std::string{rows->text(4)};
    models.emplace(std::pair{id_of(rows->integer(1)), std::string{rows->text(2)}},
                   std::move(model));
  }
}

/// Replaces provisional platform ids by stable ones, in models too.
Status settle_platforms(Db& db, catalog::Catalog& catalog) {
  auto stored = read_platforms(db);
  if (!stored) return stored.error();
  std::unordered_map<PlatformId, PlatformId> stable;
  for (auto& platform : catalog.platforms) {
    const auto provisional = platform.id;
    if (const auto found = stored->find(platform.slug); found != stored->end()) {
      platform.id = found->second.id;
      if (found->second.enabled) platform.enabled = *found->second.enabled != 0;
    } else {
      if (auto status = db.run("INSERT INTO platform (slug) VALUES (?)", platform.slug); !status)
        return status;
      platform.id = PlatformId{id_of(db.last_insert_id())};
    }
    stable[provisional] = platform.id;
  }
  for (auto& model : catalog.models) model.platform = stable[model.platform];
  return {};
}

constexpr std::int32_t kUnplaced = std::numeric_limits<std::int32_t>::max();

Status apply_edits(catalog::Model& model, const StoredModel& stored) {
  model.id = stored.id;
  if (stored.enabled) {
    model.enabled = *stored.enabled != 0;
    model.disabled_reason = model.enabled ? "" : "disabled by the operator";
  }
  if (stored.limits) {
    auto limits = catalog::parse_limits(*stored.limits);
    if (!limits) return limits.error();
    model.limits = *std::move(limits);
    model.provenance = {.source = "set by the operator", .date = ""};
  }
  model.position = stored.position ? id_of(*stored.position) : kUnplaced;
  return {};
}

Status settle_models(Db& db, catalog::Catalog& catalog) {
  auto stored = read_models(db);
  if (!stored) return stored.error();
  for (auto& model : catalog.models) {
    const auto found = stored->find({model.platform.value, model.upstream_id});
    if (found != stored->end()) {
      if (auto status = apply_edits(model, found->second); !status) return status;
      continue;
    }
    auto status = db.run("INSERT INTO model (platform_id, upstream_id) VALUES (?, ?)",
                         model.platform.value, model.upstream_id);
    if (!status) return status;
    model.id = ModelId{id_of(db.last_insert_id())};
    model.position = kUnplaced;
  }
  return {};
}

/// Placed models by their place, the others behind them in catalog order (the sort is stable).
void order_models(catalog::Catalog& catalog) {
  std::stable_sort(
      catalog.models.begin(), catalog.models.end(),
      [](const catalog::Model& a, const catalog::Model& b) { return a.position < b.position; });
  std::int32_t position = 0;
  for (auto& model : catalog.models) model.position = position++;
}

Status changed_one(Db& db, Status status, const char* what) {
  if (!status) return status;
  if (db.changes() == 0) return refusal(404, "not_found", std::string{"there is no such "} + what);
  return {};
}

}  // namespace

Result<catalog::Catalog> sync_catalog(Db& db, catalog::Catalog catalog) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status = settle_platforms(db, catalog); !status) return status.error();
  if (auto status = settle_models(db, catalog); !status) return status.error();
  if (auto status = transaction->commit(); !status) return status.error();
  order_models(catalog);
  return catalog;
}

Status edit_model(Db& db, ModelId id, const ModelEdit& edit) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status =
          changed_one(db, db.run("UPDATE model SET id = id WHERE id = ?", id.value), "model");
      !status) {
    return status;
  }
  if (edit.enabled) {
    auto status = db.run("UPDATE model SET enabled = ? WHERE id = ?", *edit.enabled, id.value);
    if (!status) return status;
  }
  if (edit.limits) {
    std::optional<std::string> json;
    if (*edit.limits) json = catalog::limits_to_json(**edit.limits);
    if (auto status = db.run("UPDATE model SET limits = ? WHERE id = ?", json, id.value); !status)
      return status;
  }
  return transaction->commit();
}

Status edit_platform(Db& db, PlatformId id, std::optional<bool> enabled) {
  return changed_one(db, db.run("UPDATE platform SET enabled = ? WHERE id = ?", enabled, id.value),
                     "platform");
}

Status set_fallback_order(Db& db, std::span<const ModelId> order) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  if (auto status = reset_fallback_order(db); !status) return status;
  std::set<ModelId> seen;
  std::int64_t position = 0;
  for (const auto id : order) {
    const std::string who = "model " + std::to_string(id.value);
    if (!seen.insert(id).second)
      return refusal(400, "invalid_order", who + " stands in the order twice");
    auto status = db.run("UPDATE model SET position = ? WHERE id = ?", position++, id.value);
    if (!status) return status;
    if (db.changes() == 0) return refusal(400, "invalid_order", "there is no " + who);
  }
  return transaction->commit();
}

Status reset_fallback_order(Db& db) {
  return db.run("UPDATE model SET position = NULL WHERE position IS NOT NULL");
}

}  // namespace freellm::store
