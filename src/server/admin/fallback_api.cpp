// /api/fallback: the order in which models are tried, with what each could do right now.
#include <set>

#include <unordered_map>

#include "freellm/store/routes.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::size_t kMaxEntries = 5000;

/// What routing says about a model over all its keys.
struct Outlook {
  bool is_ready = false;
  routing::Verdict verdict;  ///< of the key that is free first
  std::string reason;
};

std::unordered_map<ModelId, Outlook> outlooks(const routing::Availability& availability) {
  std::unordered_map<ModelId, Outlook> found;
  for (const auto& row : availability.candidates) {
    const bool is_ready = row.verdict.kind == routing::VerdictKind::admitted;
    const auto [at, is_new] =
        found.try_emplace(row.candidate.model, Outlook{is_ready, row.verdict, row.reason});
    const bool is_sooner = row.verdict.free_at < at->second.verdict.free_at;
    if (!is_new && !at->second.is_ready && (is_ready || is_sooner))
      at->second = {is_ready, row.verdict, row.reason};
  }
  return found;
}

std::string_view state_of(const catalog::RouteTable& table, const catalog::Model& model,
                          const Outlook* outlook) {
  const auto* platform = table.platform(model.platform);
  if (!model.enabled) return "disabled";
  if (!platform->enabled) return "platform_disabled";
  if (table.keys(model.platform).empty()) return "no_key";
  if (outlook == nullptr) return "no_key";  // the router knows no way to it
  if (outlook->is_ready) return "ready";
  switch (outlook->verdict.kind) {
    case routing::VerdictKind::no_key:
      return "no_key";
    case routing::VerdictKind::quota:
    case routing::VerdictKind::request_too_big:
      return "quota_exhausted";
    default:
      return "cooling_down";
  }
}

/// Counters of one model, summed over the keys they count for.
Json gauges(const routing::QuotaSnapshot& snapshot, const catalog::Model& model) {
  struct Sum {
    std::int64_t used = 0, limit = 0, left = 0;
    std::optional<WallTime> free;
    bool learned = false;
  };
  std::map<std::pair<chat::LimitMetric, chat::LimitWindow>, Sum> sums;
  for (const auto& row : snapshot.counters) {
    if (row.of.scope != chat::Scope::model_key || row.of.candidate.model != model.id) continue;
    const auto limit = row.learned && row.configured ? std::min(row.learned, row.configured)
                       : row.learned                 ? row.learned
                                                     : row.configured;
    if (!limit) continue;
    auto& sum = sums[{row.metric, row.window}];
    sum.used += row.used;
    sum.limit += *limit;
    // The platform's own word on what is left goes before our count.
    const auto counted = std::max<std::int64_t>(0, *limit - row.used);
    sum.left += row.stated_left ? std::clamp<std::int64_t>(*row.stated_left, 0, counted) : counted;
    sum.learned = sum.learned || row.learned.has_value();
    const auto free = row.stated_left == 0 ? row.stated_until : row.next_free;
    if (free && (!sum.free || *free < *sum.free)) sum.free = free;
  }
  std::vector<std::pair<double, Json>> rows;
  for (const auto& [key, sum] : sums) {
    rows.emplace_back(
        sum.limit == 0 ? 0 : static_cast<double>(sum.left) / static_cast<double>(sum.limit),
        Json{{"metric", name_of(key.first)},
             {"window", name_of(key.second)},
             {"used", sum.used},
             {"limit", sum.limit},
             {"remaining", sum.left},
             {"resets_at", time_or_null(sum.free)},
             {"learned", sum.learned}});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Json out = Json::array();
  for (auto& [share, row] : rows) out.push_back(std::move(row));
  return out;
}

struct View {
  const catalog::RouteTable& table;
  routing::QuotaSnapshot snapshot;
  std::unordered_map<ModelId, Outlook> outlooks;
  Now now;
};

Json measured(double value, bool is_known) { return is_known ? Json(value) : Json(); }

Json entry_json(const View& view, const catalog::Model& model) {
  const auto found = view.outlooks.find(model.id);
  const Outlook* outlook = found == view.outlooks.end() ? nullptr : &found->second;
  const auto state = state_of(view.table, model, outlook);
  const bool waits = state == "quota_exhausted" || state == "cooling_down";
  routing::ModelRow row;
  for (const auto& item : view.snapshot.models) {
    if (item.model == model.id) row = item;
  }
  std::optional<WallTime> cooled;
  for (const auto& item : view.snapshot.cooldowns) {
    if (item.of.candidate.model == model.id && !item.half_open && (!cooled || item.until < *cooled))
      cooled = item.until;
  }
  std::optional<WallTime> free;
  if (waits && outlook->verdict.free_at != SteadyTime::max()) {
    free = view.now.wall + std::chrono::duration_cast<WallTime::duration>(outlook->verdict.free_at -
                                                                          view.now.steady);
  }
  return {
      {"model_id", model.id.value},
      {"platform", view.table.platform(model.platform)->slug},
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
      {"monthly_token_budget", monthly_tokens_json(*view.table.platform(model.platform), model)},
      {"enabled", model.enabled},
      {"disabled_reason", model.enabled ? Json() : text_or_null(model.disabled_reason)},
      {"position", model.position},
      {"usable_keys", view.table.keys(model.platform).size()},
      {"state", state},
      {"reason", waits ? text_or_null(outlook->reason) : Json()},
      {"penalty", row.penalty},
      {"penalty_decays_at", time_or_null(row.penalty_gone)},
      {"effective_position", model.position + row.penalty},
      {"cooldown_until", time_or_null(cooled)},
      {"available_at", time_or_null(free)},
      {"quota", gauges(view.snapshot, model)},
      {"stats",
       {{"success_rate", measured(row.success_rate, row.samples > 0)},
        {"ttft_ms", measured(row.first_token_ms, row.first_token_ms > 0)},
        {"tokens_per_second", measured(row.tokens_per_second, row.tokens_per_second > 0)}}}};
}

/// The admissible candidate that stands first once penalties count.
Json next_json(const View& view, const routing::Availability& availability, const Json& entries) {
  const routing::CandidateAvailability* best = nullptr;
  double best_place = 0;
  for (const auto& row : availability.candidates) {
    if (row.verdict.kind != routing::VerdictKind::admitted) continue;
    for (const auto& entry : entries) {
      if (entry["model_id"] != row.candidate.model.value) continue;
      const auto place = entry["effective_position"].get<double>();
      if (best == nullptr || place < best_place) {
        best = &row;
        best_place = place;
      }
    }
  }
  if (best == nullptr) return nullptr;
  return {{"model_id", best->candidate.model.value},
          {"platform", view.table.platform(best->candidate.platform)->slug},
          {"upstream_id", view.table.model(best->candidate.model)->upstream_id},
          {"key_id", id_or_null(best->candidate.key.value)},
          {"reason", "first in the order that can serve now"}};
}

Result<bool> is_customised(Admin& admin) {
  const auto placed = admin.db().scalar("SELECT count(*) FROM model WHERE position IS NOT NULL");
  if (!placed) return placed.error();
  return placed->value_or(0) > 0;
}

std::string etag(const Admin& admin) {
  return "\"" + std::to_string(admin.fallback_version.load()) + "\"";
}

Result<Reply> fallback_reply(Admin& admin) {
  const auto customised = is_customised(admin);
  if (!customised) return customised.error();
  const auto index = admin.daemon.routes();
  const Now now = admin.services.clock.now();
  const auto& router = admin.services.router;
  const auto availability = router.availability(*index, "auto", {}, now);
  const View view{routing::table_of(*index), router.snapshot(*index, now), outlooks(availability),
                  now};
  Json entries = Json::array();
  for (const auto& model : view.table.models()) entries.push_back(entry_json(view, model));
  Json next = next_json(view, availability, entries);
  Reply answer = reply({{"version", admin.fallback_version.load()},
                        {"strategy", admin.daemon.settings().values.strategy},
                        {"customised", *customised},
                        {"next", std::move(next)},
                        {"entries", std::move(entries)}});
  answer.headers.emplace_back("ETag", etag(admin));
  return answer;
}

struct Placed {
  ModelId model;
  bool enabled;
};

Result<std::vector<Placed>> read_order(const Request& request, const catalog::RouteTable& table) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("entries");
  const Json* rows = body->array("entries", kMaxEntries);
  if (const Status read = body->finish(); !read) return read.error();
  std::vector<Placed> order;
  std::set<ModelId> seen;
  for (const auto& row : *rows) {
    const std::string path = "entries[" + std::to_string(order.size()) + "]";
    if (!row.is_object())
      return refusal(400, "invalid_request", path + " must be an object.", path);
    BodyReader entry{row, path};
    entry.require("model_id");
    entry.require("enabled");
    const auto id = entry.integer("model_id", 1, std::numeric_limits<std::int32_t>::max());
    const auto enabled = entry.boolean("enabled");
    if (id && table.model(ModelId{static_cast<std::int32_t>(*id)}) == nullptr)
      entry.fail("model_id", "is not known");
    if (id && !seen.insert(ModelId{static_cast<std::int32_t>(*id)}).second)
      entry.fail("model_id", "occurs twice");
    if (const Status read = entry.finish(); !read) return read.error();
    order.push_back({ModelId{static_cast<std::int32_t>(*id)}, *enabled});
  }
  return order;
}

}  // namespace

void publish_fallback(Admin& admin, std::string_view change) {
  ++admin.fallback_version;
  admin.events.publish("fallback",
                       dump({{"version", admin.fallback_version.load()}, {"change", change}}));
}

Result<Reply> get_fallback(Admin& admin, const Request&) { return fallback_reply(admin); }

Result<Reply> put_fallback(Admin& admin, const Request& request) {
  if (!request.if_match.empty() && request.if_match != "*" && request.if_match != etag(admin)) {
    return refusal(412, "version_conflict",
                   "Somebody else changed the order; the version is now " + etag(admin) + ".");
  }
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto order = read_order(request, table);
  if (!order) return order.error();
  const Status stored = admin.change([&](store::Db& db) -> Status {
    std::vector<ModelId> ids;
    for (const auto& placed : *order) {
      ids.push_back(placed.model);
      if (table.model(placed.model)->enabled == placed.enabled) continue;
      const store::ModelEdit edit{.enabled = std::optional<std::optional<bool>>{placed.enabled},
                                  .limits = {}};
      if (const Status done = store::edit_model(db, placed.model, edit); !done) return done;
    }
    return store::set_fallback_order(db, ids);
  });
  if (!stored) return stored.error();
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  publish_fallback(admin, "order");
  return fallback_reply(admin);
}

}  // namespace freellm::server::admin
