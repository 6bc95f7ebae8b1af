// /api/quotas: every counter, limit, penalty, cooldown and learned limit, with reset times.
#include <set>

#include <map>

#include "freellm/wire/url.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

/// What names a row: its scope, platform, model and key.
struct Names {
  const catalog::RouteTable& table;

  [[nodiscard]] const catalog::Platform* platform(const routing::ScopeId& of) const {
    return table.platform(of.candidate.platform);
  }
  [[nodiscard]] Json head(const routing::ScopeId& of) const {
    const auto* model = table.model(of.candidate.model);
    const auto* key = table.key(of.candidate.key);
    return {{"scope", chat::to_string(of.scope)},
            {"platform", platform(of)->slug},
            {"model_id", id_or_null(of.candidate.model.value)},
            {"upstream_id", model == nullptr ? Json() : Json(model->upstream_id)},
            {"key_id", id_or_null(of.candidate.key.value)},
            {"key_label", key == nullptr ? Json() : Json(key->label)}};
  }
};

std::optional<std::int64_t> limit_of(const routing::CounterRow& row) {
  if (row.learned && row.configured) return std::min(*row.learned, *row.configured);
  return row.learned ? row.learned : row.configured;
}

Json counter_json(const Names& names, const routing::CounterRow& row, std::int64_t limit) {
  Json json = names.head(row.of);
  json["metric"] = name_of(row.metric);
  json["window"] = name_of(row.window);
  json["reset"] = name_of(row.reset);
  json["used"] = row.used;
  json["booked"] = 0;
  json["limit"] = limit;
  json["remaining"] = std::max<std::int64_t>(
      0, row.stated_left ? std::min(*row.stated_left, limit - row.used) : limit - row.used);
  json["resets_at"] = time_or_null(row.next_free ? row.next_free : row.stated_until);
  json["limit_source"] = row.learned && limit == *row.learned ? "learned" : "catalog";
  return json;
}

Json learned_json(const Names& names, const routing::CounterRow& row) {
  Json json = names.head(row.of);
  json.erase("key_label");
  json["metric"] = name_of(row.metric);
  json["window"] = name_of(row.window);
  json["limit"] = *row.learned;
  json["catalog_limit"] = row.configured ? Json(*row.configured) : Json();
  json["source"] = "header";
  json["observed_at"] = iso_time(row.learned_at.value_or(WallTime{}));
  return json;
}

Json cooldown_json(const Names& names, const routing::CooldownRow& row) {
  Json json = names.head(row.of);
  json["since"] = iso_time(row.since);
  json["until"] = iso_time(row.until);
  json["failure"] = chat::to_string(row.cause);
  json["stated_by"] = row.stated ? "provider" : "estimate";
  json["message"] = text_or_null(row.message);
  json["probing"] = row.half_open;
  return json;
}

/// A platform's day: sums over its daily counters.
struct Budget {
  std::int64_t requests_used = 0, requests_limit = 0, tokens_used = 0, tokens_limit = 0;
  std::optional<WallTime> resets;
};

std::map<PlatformId, Budget> budgets(const routing::QuotaSnapshot& snapshot) {
  std::map<PlatformId, Budget> sums;
  for (const auto& row : snapshot.counters) {
    const auto limit = limit_of(row);
    if (row.window != chat::LimitWindow::day || !limit) continue;
    auto& sum = sums[row.of.candidate.platform];
    const bool is_requests = row.metric == chat::LimitMetric::requests;
    if (!is_requests && row.metric != chat::LimitMetric::tokens) continue;
    (is_requests ? sum.requests_used : sum.tokens_used) += row.used;
    (is_requests ? sum.requests_limit : sum.tokens_limit) += *limit;
    if (row.next_free && (!sum.resets || *row.next_free < *sum.resets)) sum.resets = row.next_free;
  }
  return sums;
}

Json share(const Budget& budget) {
  std::optional<double> least;
  const auto consider = [&](std::int64_t used, std::int64_t limit) {
    if (limit == 0) return;
    const double left = std::max(0.0, 1.0 - static_cast<double>(used) / static_cast<double>(limit));
    if (!least || left < *least) least = left;
  };
  consider(budget.requests_used, budget.requests_limit);
  consider(budget.tokens_used, budget.tokens_limit);
  return least ? Json(*least) : Json();
}

Json platform_json(const Names& names, const catalog::Platform& platform, const Budget& budget,
                   const routing::QuotaSnapshot& snapshot, const std::set<ModelId>& ready) {
  int enabled = 0;
  int usable = 0;
  int cooling = 0;
  for (const auto& model : names.table.models()) {
    if (model.platform != platform.id || !model.enabled) continue;
    ++enabled;
    if (ready.contains(model.id)) ++usable;
    cooling += std::any_of(
        snapshot.cooldowns.begin(), snapshot.cooldowns.end(),
        [&](const auto& row) { return row.of.candidate.model == model.id && !row.half_open; });
  }
  return {{"platform", platform.slug},
          {"requests_used", budget.requests_used},
          {"requests_limit", id_or_null(budget.requests_limit)},
          {"tokens_used", budget.tokens_used},
          {"tokens_limit", id_or_null(budget.tokens_limit)},
          {"remaining_share", share(budget)},
          {"resets_at", time_or_null(budget.resets)},
          {"models_ready", usable},
          {"models_enabled", enabled},
          {"models_cooling", cooling}};
}

Json penalty_json(const Names& names, const routing::ModelRow& row, Now now) {
  const auto* platform = names.table.platform(row.platform);
  const auto* model = names.table.model(row.model);
  return {{"platform", platform->slug},
          {"model_id", row.model.value},
          {"upstream_id", model->upstream_id},
          {"value", row.penalty},
          {"last_hit_at", iso_time(now.wall)},
          {"next_decay_at", iso_time(row.penalty_gone.value_or(now.wall))}};
}

}  // namespace

Result<Reply> get_quotas(Admin& admin, const Request& request) {
  const auto index = admin.daemon.routes();
  const Names names{routing::table_of(*index)};
  const auto slug = wire::query_value(request.query, "platform");
  const auto* only = slug ? names.table.platform(*slug) : nullptr;
  if (slug && only == nullptr)
    return refusal(400, "invalid_request", "There is no such platform.", "platform");
  const auto is_wanted = [&](PlatformId id) {
    return names.table.platform(id) != nullptr && (only == nullptr || only->id == id);
  };
  const auto snapshot = admin.services.router.snapshot(*index, request.now);
  std::set<ModelId> ready;
  for (const auto& row :
       admin.services.router.availability(*index, "auto", {}, request.now).candidates) {
    if (row.verdict.kind == routing::VerdictKind::admitted) ready.insert(row.candidate.model);
  }
  auto sums = budgets(snapshot);
  Json out = {{"as_of", iso_time(snapshot.at)}};
  for (const char* name : {"platforms", "counters", "penalties", "cooldowns", "learned_limits"})
    out[name] = Json::array();
  for (const auto& platform : names.table.platforms()) {
    if (is_wanted(platform.id))
      out["platforms"].push_back(
          platform_json(names, platform, sums[platform.id], snapshot, ready));
  }
  for (const auto& row : snapshot.counters) {
    if (!is_wanted(row.of.candidate.platform)) continue;
    if (const auto limit = limit_of(row))
      out["counters"].push_back(counter_json(names, row, *limit));
    if (row.learned) out["learned_limits"].push_back(learned_json(names, row));
  }
  for (const auto& row : snapshot.models) {
    if (row.penalty > 0 && is_wanted(row.platform) && names.table.model(row.model) != nullptr) {
      out["penalties"].push_back(penalty_json(names, row, request.now));
    }
  }
  for (const auto& row : snapshot.cooldowns) {
    if (is_wanted(row.of.candidate.platform)) out["cooldowns"].push_back(cooldown_json(names, row));
  }
  return reply(out);
}

Result<Reply> clear_quotas(Admin& admin, const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("what");
  const auto what = body->text("what", 0, 40);
  const auto slug = body->text("platform", 1, 48);
  const auto model_id = body->integer("model_id", 1, std::numeric_limits<std::int32_t>::max());
  const auto key_id = body->integer("key_id", 1, std::numeric_limits<std::int64_t>::max());
  std::vector<routing::ClearWhat> kinds;
  if (what == "cooldown" || what == "cooldown_and_penalty")
    kinds.push_back(routing::ClearWhat::cooldown);
  if (what == "penalty" || what == "cooldown_and_penalty")
    kinds.push_back(routing::ClearWhat::penalty);
  if (what == "learned_limit") kinds.push_back(routing::ClearWhat::learned);
  if (what == "counter")
    body->fail("what", "cannot be counter: what was used at a provider stays used there");
  if (what && kinds.empty()) body->fail("what", "is none of the known ones");
  if (!slug && !model_id && !key_id)
    body->fail("platform", "is missing: name a platform, a model or a key");
  if (const Status read = body->finish(); !read) return read.error();

  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto* platform = slug ? table.platform(*slug) : nullptr;
  const auto* model =
      model_id ? table.model(ModelId{static_cast<std::int32_t>(*model_id)}) : nullptr;
  const auto* key = key_id ? table.key(KeyId{*key_id}) : nullptr;
  if ((slug && platform == nullptr) || (model_id && model == nullptr) ||
      (key_id && key == nullptr)) {
    return refusal(400, "invalid_request", "That platform, model or key does not exist.");
  }
  const auto is_meant = [&](const routing::Candidate& candidate) {
    return (platform == nullptr || candidate.platform == platform->id) &&
           (model == nullptr || candidate.model == model->id) &&
           (key == nullptr || candidate.key == key->id);
  };
  // Rows that exist, cleared one by one: the scopes above them stay as they are.
  const auto snapshot = admin.services.router.snapshot(*index, request.now);
  std::int64_t cleared = 0;
  const auto clear = [&](const routing::ScopeId& of, routing::ClearWhat kind) {
    if (of.scope == chat::Scope::platform && kind != routing::ClearWhat::cooldown) return;
    if (admin.services.router.clear(of, kind, request.now)) ++cleared;
  };
  for (const auto kind : kinds) {
    if (kind == routing::ClearWhat::cooldown) {
      for (const auto& row : snapshot.cooldowns) {
        if (is_meant(row.of.candidate)) clear(row.of, kind);
      }
    } else if (kind == routing::ClearWhat::learned) {
      for (const auto& row : snapshot.counters) {
        if (row.learned && is_meant(row.of.candidate)) clear(row.of, kind);
      }
    } else {
      for (const auto& row : snapshot.models) {
        const routing::Candidate candidate{row.platform, row.model,
                                           key == nullptr ? KeyId{} : key->id};
        if (row.penalty > 0 && is_meant(candidate))
          clear({chat::Scope::model, {row.platform, row.model, {}}}, kind);
      }
    }
  }
  admin.events.publish("quota", dump({{"change", "cleared"},
                                      {"platform", slug ? Json(*slug) : Json()},
                                      {"model_id", model_id ? Json(*model_id) : Json()},
                                      {"key_id", key_id ? Json(*key_id) : Json()},
                                      {"until", nullptr}}));
  return reply({{"cleared", cleared}});
}

}  // namespace freellm::server::admin
