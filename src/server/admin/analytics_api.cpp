// /api/analytics: sums and percentiles from the rollups, never from the raw log.
#include <algorithm>

#include "analytics_range.hpp"
#include "freellm/store/sketch.hpp"
#include "freellm/wire/url.hpp"
#include "json.hpp"
#include "prices.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

using store::GroupBy;
using store::Rollup;

/// Sketches are good to 3 %: decimals would claim more.
Json quantile(std::string_view sketch, double share) {
  const auto value = store::sketch_quantile(sketch, share);
  return value ? Json(static_cast<std::int64_t>(*value)) : Json();
}

Json percentiles(std::string_view sketch) {
  return {{"p50", quantile(sketch, 0.50)},
          {"p95", quantile(sketch, 0.95)},
          {"p99", quantile(sketch, 0.99)}};
}

std::int64_t succeeded(const Rollup& cell) { return cell.requests - cell.failed_requests; }
std::int64_t failed(const Rollup& cell) {
  return cell.failed_requests - cell.rejected - cell.cancelled;
}

Json totals_json(const Rollup& cell, const ReferencePrice& price) {
  const auto judged = succeeded(cell) + failed(cell);
  return {{"requests", cell.requests},
          {"succeeded", succeeded(cell)},
          {"failed", failed(cell)},
          {"rejected", cell.rejected},
          {"cancelled", cell.cancelled},
          {"success_rate",
           judged == 0 ? Json()
                       : Json(static_cast<double>(succeeded(cell)) / static_cast<double>(judged))},
          {"prompt_tokens", cell.prompt_tokens},
          {"completion_tokens", cell.completion_tokens},
          {"attempts", succeeded(cell) + cell.failed_attempts + cell.cancelled},
          {"failovers", cell.failovers},
          {"rate_limited", cell.rate_limited},
          {"cost_saved_usd", cost_json(price, cell.prompt_tokens, cell.completion_tokens)},
          {"latency_ms", percentiles(cell.latency_sketch)},
          {"ttft_ms", percentiles(cell.ttft_sketch)}};
}

Json range_json(const Range& range) {
  return {{"from", iso_time(range.from)}, {"to", iso_time(range.to)}};
}

Result<Rollup> total(Admin& admin, const Range& range, WallTime now) {
  const auto cells = store::read_range(admin.db(), range.from, range.to, now, GroupBy::nothing);
  if (!cells) return cells.error();
  return cells->empty() ? Rollup{} : cells->front();
}

std::string name_of_row(const catalog::RouteTable& table, const Rollup& cell, GroupBy by) {
  if (by == GroupBy::key) {
    const auto* key = table.key(cell.route.key);
    if (cell.route.key == kAnonymousKey) return "without a key";
    if (key == nullptr) return "deleted key " + std::to_string(cell.route.key.value);
    return key->label.empty() ? key->masked : key->label;
  }
  if (by == GroupBy::model) {
    const auto* model = table.model(cell.route.model);
    return model == nullptr ? "model " + std::to_string(cell.route.model.value)
                            : model->display_name;
  }
  const auto* platform = table.platform(cell.route.platform);
  return platform == nullptr ? "platform " + std::to_string(cell.route.platform.value)
                             : platform->name;
}

Json row_of(const catalog::RouteTable& table, const Rollup& cell, GroupBy by,
            const ReferencePrice& price) {
  const auto* platform = table.platform(cell.route.platform);
  Json row = {{"platform", platform == nullptr ? Json() : Json(platform->slug)},
              {"model_id", id_or_null(cell.route.model.value)},
              {"key_id", id_or_null(cell.route.key.value)},
              {"name", name_of_row(table, cell, by)}};
  row.update(totals_json(cell, price));
  const bool is_measured = cell.latency_ms > 0 && cell.completion_tokens > 0;
  row["tokens_per_second"] = is_measured
                                 ? Json(1000.0 * static_cast<double>(cell.completion_tokens) /
                                        static_cast<double>(cell.latency_ms))
                                 : Json();
  row["last_used_at"] = time_or_null(cell.last_at);
  return row;
}

Result<Reply> breakdown(Admin& admin, const Request& request, GroupBy by) {
  const auto range = read_range_of(request);
  if (!range) return range.error();
  if (const Status flushed = admin.catch_up(); !flushed) return flushed.error();
  auto cells = store::read_range(admin.db(), range->from, range->to, request.now.wall, by);
  if (!cells) return cells.error();
  std::stable_sort(cells->begin(), cells->end(),
                   [](const auto& a, const auto& b) { return a.requests > b.requests; });
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto price = admin.daemon.settings().values.price;
  Json rows = Json::array();
  for (const auto& cell : *cells) {
    if (cell.route.platform.value == 0) continue;  // nothing was tried: nobody's
    rows.push_back(row_of(table, cell, by, price));
  }
  Json out = range_json(*range);
  out["data"] = std::move(rows);
  return reply(out);
}

Result<store::RollupFilter> read_filter(const Request& request, const catalog::RouteTable& table) {
  store::RollupFilter filter;
  if (const auto slug = wire::query_value(request.query, "platform")) {
    const auto* platform = table.platform(*slug);
    if (platform == nullptr)
      return refusal(400, "invalid_request", "There is no such platform.", "platform");
    filter.platform = platform->id;
  }
  const auto model =
      query_integer(request, "model_id", 1, std::numeric_limits<std::int32_t>::max());
  if (!model) return model.error();
  if (*model) filter.model = ModelId{static_cast<std::int32_t>(**model)};
  return filter;
}

Json point_json(WallTime at, const Rollup& cell) {
  return {{"at", iso_time(at)},
          {"requests", cell.requests},
          {"succeeded", succeeded(cell)},
          {"failed", failed(cell)},
          {"rate_limited", cell.rate_limited},
          {"prompt_tokens", cell.prompt_tokens},
          {"completion_tokens", cell.completion_tokens},
          {"latency_p50_ms", quantile(cell.latency_sketch, 0.50)},
          {"latency_p95_ms", quantile(cell.latency_sketch, 0.95)},
          {"ttft_p50_ms", quantile(cell.ttft_sketch, 0.50)}};
}

}  // namespace

Result<Reply> analytics_summary(Admin& admin, const Request& request) {
  const auto range = read_range_of(request);
  if (!range) return range.error();
  if (const Status flushed = admin.catch_up(); !flushed) return flushed.error();
  const auto current = total(admin, *range, request.now.wall);
  if (!current) return current.error();
  const auto previous = total(admin, range->previous(), request.now.wall);
  if (!previous) return previous.error();
  Json out = range_json(*range);
  const auto price = admin.daemon.settings().values.price;
  out["current"] = totals_json(*current, price);
  out["previous"] = totals_json(*previous, price);
  return reply(out);
}

Result<Reply> analytics_timeline(Admin& admin, const Request& request) {
  const auto range = read_range_of(request);
  if (!range) return range.error();
  const auto span = read_bucket(request, *range);
  if (!span) return span.error();
  const auto index = admin.daemon.routes();
  const auto filter = read_filter(request, routing::table_of(*index));
  if (!filter) return filter.error();
  if (const Status flushed = admin.catch_up(); !flushed) return flushed.error();
  const auto width = width_of(*span);
  const auto start = floor_to(range->from, width);
  const auto cells =
      store::read_rollups(admin.db(), *span, start, range->to, GroupBy::time, *filter);
  if (!cells) return cells.error();
  Json points = Json::array();
  auto cell = cells->begin();
  for (auto at = start; at < range->to; at += width) {
    const bool is_here = cell != cells->end() && cell->start == at;
    points.push_back(point_json(at, is_here ? *cell : Rollup{}));
    if (is_here) ++cell;
  }
  Json out = range_json(*range);
  out["bucket_ms"] = width.count();
  out["points"] = std::move(points);
  return reply(out);
}

Result<Reply> analytics_by_model(Admin& admin, const Request& request) {
  return breakdown(admin, request, GroupBy::model);
}
Result<Reply> analytics_by_platform(Admin& admin, const Request& request) {
  return breakdown(admin, request, GroupBy::platform);
}
Result<Reply> analytics_by_key(Admin& admin, const Request& request) {
  return breakdown(admin, request, GroupBy::key);
}

Result<Reply> analytics_errors(Admin& admin, const Request& request) {
  const auto range = read_range_of(request);
  if (!range) return range.error();
  if (const Status flushed = admin.catch_up(); !flushed) return flushed.error();
  const auto kinds = store::read_failures(admin.db(), range->from, range->to, request.now.wall);
  if (!kinds) return kinds.error();
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  Json data = Json::array();
  for (const auto& kind : *kinds) {
    const auto* platform = table.platform(kind.platform);
    const auto* model = table.model(kind.model);
    if (platform == nullptr) continue;  // its name went with it
    data.push_back({{"class", kind.failure},
                    {"platform", platform->slug},
                    {"model_id", id_or_null(kind.model.value)},
                    {"upstream_id", model == nullptr ? Json() : Json(model->upstream_id)},
                    {"status", id_or_null(kind.http_status)},
                    {"count", kind.count},
                    {"last_at", iso_time(kind.last_at)},
                    {"last_message", kind.last_message}});
  }
  Json out = range_json(*range);
  out["data"] = std::move(data);
  return reply(out);
}

}  // namespace freellm::server::admin
