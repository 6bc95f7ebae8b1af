// /api/models: the catalog with its limits, in fallback order.
#include "freellm/store/routes.hpp"
#include "freellm/wire/url.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::size_t kMaxLimits = 32;

bool is_same(const catalog::Limit& a, const catalog::Limit& b) {
  return a.metric == b.metric && a.window == b.window && a.scope == b.scope;
}

const catalog::Limit* find(const std::vector<catalog::Limit>& limits,
                           const catalog::Limit& wanted) {
  const auto found = std::find_if(limits.begin(), limits.end(),
                                  [&](const auto& limit) { return is_same(limit, wanted); });
  return found == limits.end() ? nullptr : &*found;
}

Json limits_json(const std::vector<catalog::Limit>& limits,
                 const std::vector<catalog::Limit>& catalog_limits) {
  Json rows = Json::array();
  for (const auto& limit : limits) {
    const auto* original = find(catalog_limits, limit);
    const bool is_edited = original == nullptr || original->count != limit.count;
    Json row = limit_json(limit);
    row["source"] = is_edited ? "user" : "catalog";
    row["catalog_count"] = original == nullptr ? Json() : Json(original->count);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json model_json(Admin& admin, const catalog::RouteTable& table, const catalog::Model& model) {
  const auto* platform = table.platform(model.platform);
  const auto original = admin.daemon.catalog_limits(platform->slug, model.upstream_id);
  return {{"id", model.id.value},
          {"platform", platform->slug},
          {"upstream_id", model.upstream_id},
          {"logical_name", model.logical_name},
          {"display_name", model.display_name},
          {"intelligence_rank", id_or_null(model.intelligence_rank)},
          {"speed_rank", id_or_null(model.speed_rank)},
          {"context_window", id_or_null(model.context_window)},
          {"max_output_tokens", id_or_null(model.max_output_tokens)},
          {"capabilities",
           {{"tools", model.capabilities.tools},
            {"vision", model.capabilities.vision},
            {"reasoning", model.capabilities.reasoning},
            {"json_schema", model.capabilities.json_schema}}},
          {"monthly_token_budget", monthly_tokens_json(*platform, model)},
          {"enabled", model.enabled},
          {"disabled_reason", model.enabled ? Json() : text_or_null(model.disabled_reason)},
          {"status", status_of(*platform)},
          {"position", model.position},
          {"usable_keys", table.keys(model.platform).size()},
          {"limits", limits_json(model.limits, original)}};
}

Result<Reply> model_reply(Admin& admin, std::int64_t id) {
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto* model = table.model(ModelId{static_cast<std::int32_t>(id)});
  if (model == nullptr) return refusal(404, "not_found", "There is no such model.");
  return reply(model_json(admin, table, *model));
}

template <class Enum, std::size_t Count>
std::optional<Enum> one_of(BodyReader& entry, const char* name) {
  const auto text = entry.text(name, 0, 40);
  if (!text) return std::nullopt;
  for (std::size_t i = 0; i < Count; ++i) {
    if (name_of(static_cast<Enum>(i)) == *text) return static_cast<Enum>(i);
  }
  entry.fail(name, "is none of the known ones");
  return std::nullopt;
}

struct LimitEdit {
  catalog::Limit limit;
  bool goes_back = false;  ///< to the catalog's figure
};

Result<LimitEdit> read_limit(const Json& row, const std::string& path) {
  if (!row.is_object()) return refusal(400, "invalid_request", path + " must be an object.", path);
  BodyReader entry{row, path};
  for (const char* name : {"metric", "window", "count"}) entry.require(name);
  LimitEdit edit;
  edit.limit.metric =
      one_of<catalog::LimitMetric, 4>(entry, "metric").value_or(catalog::LimitMetric::requests);
  edit.limit.window =
      one_of<catalog::LimitWindow, 5>(entry, "window").value_or(catalog::LimitWindow::minute);
  edit.limit.reset =
      one_of<catalog::DayReset, 3>(entry, "reset").value_or(catalog::DayReset::sliding);
  // A model's own limits are per key; shared ones belong to the platform.
  if (entry.text("scope", 0, 40).value_or("model_key") != "model_key")
    entry.fail("scope", "must be model_key");
  edit.goes_back = entry.any("count").is_null();
  if (!edit.goes_back) edit.limit.count = entry.integer("count", 0, 1'000'000'000'000).value_or(0);
  if (const Status read = entry.finish(); !read) return read.error();
  return edit;
}

void apply(std::vector<catalog::Limit>& limits, const LimitEdit& edit,
           const std::vector<catalog::Limit>& original) {
  const auto* figure = find(original, edit.limit);
  std::erase_if(limits, [&](const auto& limit) { return is_same(limit, edit.limit); });
  if (!edit.goes_back) {
    limits.push_back(edit.limit);
  } else if (figure != nullptr) {
    limits.push_back(*figure);
  }
}

}  // namespace

Result<Reply> list_models(Admin& admin, const Request& request) {
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto slug = wire::query_value(request.query, "platform");
  const auto* wanted = slug ? table.platform(*slug) : nullptr;
  if (slug && wanted == nullptr)
    return refusal(400, "invalid_request", "There is no such platform.", "platform");
  Json rows = Json::array();
  for (const auto& model : table.models()) {
    if (wanted == nullptr || model.platform == wanted->id)
      rows.push_back(model_json(admin, table, model));
  }
  return list_reply(std::move(rows));
}

Result<Reply> get_model(Admin& admin, const Request& request) {
  const auto id = path_id(request, "model");
  if (!id) return id.error();
  return model_reply(admin, *id);
}

Result<Reply> patch_model(Admin& admin, const Request& request) {
  const auto id = path_id(request, "model");
  if (!id) return id.error();
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto* model = table.model(ModelId{static_cast<std::int32_t>(*id)});
  if (model == nullptr) return refusal(404, "not_found", "There is no such model.");
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  store::ModelEdit edit;
  if (const auto enabled = body->boolean("enabled")) edit.enabled.emplace(*enabled);
  if (body->has("limits")) {
    if (body->any("limits").is_null()) {
      edit.limits.emplace(std::nullopt);
    } else if (const Json* rows = body->array("limits", kMaxLimits)) {
      auto limits = model->limits;
      const auto original =
          admin.daemon.catalog_limits(table.platform(model->platform)->slug, model->upstream_id);
      std::size_t at = 0;
      for (const auto& row : *rows) {
        const auto limit = read_limit(row, "limits[" + std::to_string(at++) + "]");
        if (!limit) return limit.error();
        apply(limits, *limit, original);
      }
      edit.limits.emplace(std::move(limits));
    }
  }
  if (const Status read = body->finish(); !read) return read.error();
  const Status stored =
      admin.change([&](store::Db& db) { return store::edit_model(db, model->id, edit); });
  if (!stored) return stored.error();
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  publish_fallback(admin, "models");
  return model_reply(admin, *id);
}

}  // namespace freellm::server::admin
