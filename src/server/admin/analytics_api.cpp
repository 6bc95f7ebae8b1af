// /api/analytics: sums from the rollups, never from the raw log; percentiles from its newest rows.
#include <cmath>
#include <unordered_map>

#include "freellm/store/usage_log.hpp"
#include "freellm/wire/url.hpp"
#include "json.hpp"
#include "prices.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

using std::chrono::hours;
using store::GroupBy;
using store::Rollup;
using store::Span;

/// Percentiles are taken over at most this many of the newest requests of the range, so that the
/// log's size does not matter.
constexpr std::int64_t kSample = 2'000;

std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

struct Range {
  WallTime from, to;
  [[nodiscard]] Millis length() const { return std::chrono::duration_cast<Millis>(to - from); }
};

Result<Range> read_range(const Request& request) {
  constexpr std::pair<std::string_view, int> kRanges[] = {
      {"1h", 1}, {"24h", 24}, {"7d", 168}, {"30d", 720}, {"90d", 2160}};
  const auto time = [&](const char* name) -> Result<std::optional<WallTime>> {
    const auto text = wire::query_value(request.query, name);
    if (!text) return std::optional<WallTime>{};
    const auto parsed = parse_iso_time(*text);
    if (!parsed)
      return refusal(400, "invalid_request",
                     std::string{name} + " must look like 2026-11-23T04:05:06.789Z.", name);
    return parsed;
  };
  const auto from = time("from");
  if (!from) return from.error();
  const auto to = time("to");
  if (!to) return to.error();
  const WallTime until = to->value_or(request.now.wall);
  if (*from) {
    if (**from >= until) return refusal(400, "invalid_request", "from must lie before to.", "from");
    return Range{**from, until};
  }
  const auto name = wire::query_value(request.query, "range").value_or("24h");
  for (const auto& [known, length] : kRanges) {
    if (known == name) return Range{until - hours{length}, until};
  }
  return refusal(400, "invalid_request", "range must be 1h, 24h, 7d, 30d or 90d.", "range");
}

/// The finest cells that keep the number of rows small.
Span span_for(Millis length) {
  if (length <= hours{6}) return Span::minute;
  return length <= hours{24 * 8} ? Span::hour : Span::day;
}

Millis width_of(Span span) {
  return span == Span::minute ? Millis{60'000}
         : span == Span::hour ? Millis{3'600'000}
                              : Millis{86'400'000};
}

WallTime floor_to(WallTime time, Millis width) {
  return time - Millis{to_ms(time) % width.count()} - (time.time_since_epoch() % Millis{1});
}

/// Sorted latencies or times to the first token.
struct Sample {
  std::vector<std::int64_t> latency, ttft;
  std::int64_t cancelled = 0;
};

Json percentile(const std::vector<std::int64_t>& sorted, double share) {
  if (sorted.empty()) return nullptr;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

Json percentiles(const std::vector<std::int64_t>& sorted) {
  return {{"p50", percentile(sorted, 0.50)},
          {"p95", percentile(sorted, 0.95)},
          {"p99", percentile(sorted, 0.99)}};
}

enum class SampleBy { all, platform, model, key };

/// Samples by id of the dimension, 0 for all together.
Result<std::unordered_map<std::int64_t, Sample>> samples(Admin& admin, const Range& range,
                                                         SampleBy by) {
  constexpr std::string_view kColumns[] = {"0", "platform_id", "model_id", "key_id"};
  const std::string sql =
      "SELECT " + std::string{kColumns[static_cast<std::size_t>(by)]} +
      ", status, latency_ms, ttft_ms FROM (SELECT * FROM request_log WHERE at < ? ORDER BY id DESC "
      "LIMIT ?) WHERE at >= ?";
  auto rows = admin.db().prepare(sql);
  if (!rows) return rows.error();
  rows->bind(to_ms(range.to), kSample, to_ms(range.from));
  std::unordered_map<std::int64_t, Sample> found;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto& sample = found[rows->integer(0)];
    if (rows->integer(1) == 499) ++sample.cancelled;
    if (rows->integer(1) >= 400) continue;
    sample.latency.push_back(rows->integer(2));
    if (const auto ttft = rows->optional_integer(3)) sample.ttft.push_back(*ttft);
  }
  for (auto& [id, sample] : found) {
    std::sort(sample.latency.begin(), sample.latency.end());
    std::sort(sample.ttft.begin(), sample.ttft.end());
  }
  return found;
}

/// What one or several cells say. A request that nothing was tried for stands under platform 0.
Json totals_json(const Rollup& cell, std::int64_t rejected, const Sample& sample,
                 const ReferencePrice& price) {
  const auto cancelled = std::min(sample.cancelled, cell.failed_requests - rejected);
  const auto succeeded = cell.requests - cell.failed_requests;
  const auto failed = cell.failed_requests - rejected - cancelled;
  const auto judged = succeeded + failed;
  return {
      {"requests", cell.requests},
      {"succeeded", succeeded},
      {"failed", failed},
      {"rejected", rejected},
      {"cancelled", cancelled},
      {"success_rate",
       judged == 0 ? Json() : Json(static_cast<double>(succeeded) / static_cast<double>(judged))},
      {"prompt_tokens", cell.prompt_tokens},
      {"completion_tokens", cell.completion_tokens},
      {"attempts", succeeded + cell.failed_attempts},
      {"failovers", std::min(cell.failed_attempts, succeeded)},
      {"rate_limited", cell.rate_limited},
      {"cost_saved_usd", cost_json(price, cell.prompt_tokens, cell.completion_tokens)},
      {"latency_ms", percentiles(sample.latency)},
      {"ttft_ms", percentiles(sample.ttft)}};
}

void add(Rollup& sum, const Rollup& cell) {
  sum.requests += cell.requests;
  sum.failed_requests += cell.failed_requests;
  sum.failed_attempts += cell.failed_attempts;
  sum.rate_limited += cell.rate_limited;
  sum.prompt_tokens += cell.prompt_tokens;
  sum.completion_tokens += cell.completion_tokens;
  sum.latency_ms += cell.latency_ms;
}

struct Totals {
  Rollup sum;
  std::int64_t rejected = 0;
  Sample sample;
};

Result<Totals> totals(Admin& admin, const Range& range) {
  const auto cells = store::read_rollups(admin.db(), span_for(range.length()),
                                         floor_to(range.from, width_of(span_for(range.length()))),
                                         range.to, GroupBy::platform);
  if (!cells) return cells.error();
  Totals out;
  for (const auto& cell : *cells) {
    add(out.sum, cell);
    if (cell.route.platform.value == 0) out.rejected += cell.failed_requests;
  }
  auto sampled = samples(admin, range, SampleBy::all);
  if (!sampled) return sampled.error();
  out.sample = std::move((*sampled)[0]);
  return out;
}

Json range_json(const Range& range) {
  return {{"from", iso_time(range.from)}, {"to", iso_time(range.to)}};
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

Result<Reply> breakdown(Admin& admin, const Request& request, GroupBy by, SampleBy sample_by) {
  const auto range = read_range(request);
  if (!range) return range.error();
  if (const Status flushed = admin.services.store.writer().flush(); !flushed)
    return flushed.error();
  const auto span = span_for(range->length());
  auto cells =
      store::read_rollups(admin.db(), span, floor_to(range->from, width_of(span)), range->to, by);
  if (!cells) return cells.error();
  auto sampled = samples(admin, *range, sample_by);
  if (!sampled) return sampled.error();
  std::stable_sort(cells->begin(), cells->end(),
                   [](const auto& a, const auto& b) { return a.requests > b.requests; });
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const auto price = admin.daemon.settings().values.price;
  Json rows = Json::array();
  for (const auto& cell : *cells) {
    if (cell.route.platform.value == 0) continue;  // nothing was tried: nobody's
    const auto* platform = table.platform(cell.route.platform);
    const std::int64_t id = by == GroupBy::model ? cell.route.model.value
                            : by == GroupBy::key ? cell.route.key.value
                                                 : cell.route.platform.value;
    Json row = {{"platform", platform == nullptr ? Json() : Json(platform->slug)},
                {"model_id", id_or_null(cell.route.model.value)},
                {"key_id", id_or_null(cell.route.key.value)},
                {"name", name_of_row(table, cell, by)}};
    row.update(totals_json(cell, 0, (*sampled)[id], price));
    const bool is_measured = cell.latency_ms > 0 && cell.completion_tokens > 0;
    row["tokens_per_second"] = is_measured
                                   ? Json(1000.0 * static_cast<double>(cell.completion_tokens) /
                                          static_cast<double>(cell.latency_ms))
                                   : Json();
    row["last_used_at"] = nullptr;
    rows.push_back(std::move(row));
  }
  Json out = range_json(*range);
  out["data"] = std::move(rows);
  return reply(out);
}

}  // namespace

Result<Reply> analytics_summary(Admin& admin, const Request& request) {
  const auto range = read_range(request);
  if (!range) return range.error();
  if (const Status flushed = admin.services.store.writer().flush(); !flushed)
    return flushed.error();
  const auto current = totals(admin, *range);
  if (!current) return current.error();
  const auto previous = totals(admin, {range->from - range->length(), range->from});
  if (!previous) return previous.error();
  const auto price = admin.daemon.settings().values.price;
  Json out = range_json(*range);
  out["current"] = totals_json(current->sum, current->rejected, current->sample, price);
  out["previous"] = totals_json(previous->sum, previous->rejected, previous->sample, price);
  return reply(out);
}

Result<Reply> analytics_timeline(Admin& admin, const Request& request) {
  const auto range = read_range(request);
  if (!range) return range.error();
  Span span = span_for(range->length());
  if (const auto name = wire::query_value(request.query, "bucket")) {
    if (*name != "minute" && *name != "hour" && *name != "day") {
      return refusal(400, "invalid_request", "bucket must be minute, hour or day.", "bucket");
    }
    span = *name == "minute" ? Span::minute : *name == "hour" ? Span::hour : Span::day;
  }
  const auto width = width_of(span);
  if (range->length() / width > 3'000) {
    return refusal(400, "invalid_request", "That bucket is too small for so long a range.",
                   "bucket");
  }
  if (wire::query_value(request.query, "platform") ||
      wire::query_value(request.query, "model_id")) {
    return refusal(400, "invalid_request", "This build has no timeline of one platform or model.",
                   "platform");
  }
  if (const Status flushed = admin.services.store.writer().flush(); !flushed)
    return flushed.error();
  const auto start = floor_to(range->from, width);
  const auto cells = store::read_rollups(admin.db(), span, start, range->to, GroupBy::time);
  if (!cells) return cells.error();
  Json points = Json::array();
  auto cell = cells->begin();
  for (auto at = start; at < range->to; at += width) {
    const bool is_here = cell != cells->end() && cell->start == at;
    const Rollup sum = is_here ? *cell++ : Rollup{};
    points.push_back({{"at", iso_time(at)},
                      {"requests", sum.requests},
                      {"succeeded", sum.requests - sum.failed_requests},
                      {"failed", sum.failed_requests},
                      {"rate_limited", sum.rate_limited},
                      {"prompt_tokens", sum.prompt_tokens},
                      {"completion_tokens", sum.completion_tokens},
                      {"latency_p50_ms", nullptr},
                      {"latency_p95_ms", nullptr},
                      {"ttft_p50_ms", nullptr}});
  }
  Json out = range_json(*range);
  out["bucket_ms"] = width.count();
  out["points"] = std::move(points);
  return reply(out);
}

Result<Reply> analytics_by_model(Admin& admin, const Request& request) {
  return breakdown(admin, request, GroupBy::model, SampleBy::model);
}
Result<Reply> analytics_by_platform(Admin& admin, const Request& request) {
  return breakdown(admin, request, GroupBy::platform, SampleBy::platform);
}
Result<Reply> analytics_by_key(Admin& admin, const Request& request) {
  return breakdown(admin, request, GroupBy::key, SampleBy::key);
}

Result<Reply> analytics_errors(Admin& admin, const Request& request) {
  const auto range = read_range(request);
  if (!range) return range.error();
  if (const Status flushed = admin.services.store.writer().flush(); !flushed)
    return flushed.error();
  // The last few thousand log rows of the range hold the failures worth reading; their ids rise
  // with time.
  auto rows = admin.db().prepare(
      "SELECT a.failure, a.platform_id, a.model_id, a.http_status, count(*), max(r.at), a.message "
      "FROM "
      "(SELECT id, at FROM request_log WHERE at < ? ORDER BY id DESC LIMIT 20000) r JOIN "
      "failed_attempt a "
      "ON a.log_id = r.id WHERE r.at >= ? GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 500");
  if (!rows) return rows.error();
  rows->bind(to_ms(range->to), to_ms(range->from));
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  Json data = Json::array();
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto* platform = table.platform(PlatformId{static_cast<std::int32_t>(rows->integer(1))});
    const auto* model = table.model(ModelId{static_cast<std::int32_t>(rows->integer(2))});
    if (platform == nullptr) continue;
    data.push_back({{"class", rows->text(0)},
                    {"platform", platform->slug},
                    {"model_id", id_or_null(rows->integer(2))},
                    {"upstream_id", model == nullptr ? Json() : Json(model->upstream_id)},
                    {"status", id_or_null(rows->integer(3))},
                    {"count", rows->integer(4)},
                    {"last_at", iso_time(WallTime{Millis{rows->integer(5)}})},
                    {"last_message", rows->text(6)}});
  }
  Json out = range_json(*range);
  out["data"] = std::move(data);
  return reply(out);
}

}  // namespace freellm::server::admin
