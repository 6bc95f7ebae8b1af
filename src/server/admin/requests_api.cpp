// /api/requests: the log, newest first, paged by key; and one request with its attempts.
#include <charconv>

#include "explain_json.hpp"
#include "freellm/store/usage_log.hpp"
#include "freellm/wire/url.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::int64_t kMaxPage = 200;

struct Filter {
  std::optional<std::string> outcome;
  std::optional<std::int64_t> status;
  std::optional<bool> failover;
  std::optional<WallTime> since, until;

  [[nodiscard]] bool accepts(const store::LoggedRequest& logged) const {
    const auto& record = logged.record;
    return (!outcome || *outcome == outcome_of(logged)) && (!status || *status == record.status) &&
           (!failover || *failover == (logged.attempts > 1)) &&
           (!until || record.at - record.latency <= *until);
  }
};

Result<std::optional<WallTime>> query_time(const Request& request, const char* name) {
  const auto text = wire::query_value(request.query, name);
  if (!text) return std::optional<WallTime>{};
  const auto time = parse_iso_time(*text);
  if (!time)
    return refusal(400, "invalid_request",
                   std::string{name} + " must look like 2026-11-23T04:05:06.789Z.", name);
  return time;
}

Result<Filter> read_filter(const Request& request) {
  Filter filter;
  filter.outcome = wire::query_value(request.query, "outcome");
  constexpr std::string_view kOutcomes[] = {"running", "succeeded", "failed", "rejected",
                                            "cancelled"};
  if (filter.outcome && std::find(std::begin(kOutcomes), std::end(kOutcomes), *filter.outcome) ==
                            std::end(kOutcomes)) {
    return refusal(400, "invalid_request", "outcome is none of the known ones.", "outcome");
  }
  const auto status = query_integer(request, "status", 100, 599);
  if (!status) return status.error();
  filter.status = *status;
  if (const auto failover = wire::query_value(request.query, "failover")) {
    if (*failover != "true" && *failover != "false") {
      return refusal(400, "invalid_request", "failover must be true or false.", "failover");
    }
    filter.failover = *failover == "true";
  }
  const auto since = query_time(request, "since");
  if (!since) return since.error();
  const auto until = query_time(request, "until");
  if (!until) return until.error();
  filter.since = *since;
  filter.until = *until;
  return filter;
}

Result<store::RequestQuery> read_query(const Request& request, const catalog::RouteTable& table,
                                       const Filter& filter) {
  store::RequestQuery query;
  const auto cursor = query_integer(request, "cursor", 1, std::numeric_limits<std::int64_t>::max());
  if (!cursor) return cursor.error();
  query.before_id = *cursor;
  if (const auto slug = wire::query_value(request.query, "platform")) {
    const auto* platform = table.platform(*slug);
    if (platform == nullptr)
      return refusal(400, "invalid_request", "There is no such platform.", "platform");
    query.platform = platform->id;
  }
  const auto model =
      query_integer(request, "model_id", 1, std::numeric_limits<std::int32_t>::max());
  if (!model) return model.error();
  if (*model) query.model = ModelId{static_cast<std::int32_t>(**model)};
  query.only_errors =
      (filter.outcome && *filter.outcome != "succeeded") || filter.status.value_or(0) >= 400;
  return query;
}

/// Rows that pass, read in pages; at most 20 of them, so that a filter that nothing passes ends
/// too: the cursor then lets the client go on.
constexpr int kMaxPagesRead = 20;
constexpr std::int64_t kMaxRead = 500;

}  // namespace

Result<Reply> list_requests(Admin& admin, const Request& request) {
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const RowContext context{table, admin.daemon.settings().values.price};
  const auto limit = query_integer(request, "limit", 1, kMaxPage);
  if (!limit) return limit.error();
  const auto wanted = static_cast<std::size_t>(limit->value_or(50));
  const auto filter = read_filter(request);
  if (!filter) return filter.error();
  auto query = read_query(request, table, *filter);
  if (!query) return query.error();
  if (const Status flushed = admin.catch_up(); !flushed) return flushed.error();
  Json rows = Json::array();
  Json next;
  query->limit = static_cast<std::int64_t>(wanted) + 1;  // enough when every row passes
  for (int page = 0; page < kMaxPagesRead; ++page) {
    const auto read = store::read_requests(admin.db(), *query);
    if (!read) return read.error();
    for (const auto& logged : *read) {
      if (filter->since && logged.record.at < *filter->since) {
        return reply({{"data", std::move(rows)}, {"next_cursor", nullptr}});
      }
      if (rows.size() == wanted) return reply({{"data", std::move(rows)}, {"next_cursor", next}});
      if (filter->accepts(logged)) rows.push_back(row_json(context, logged));
      next = std::to_string(logged.id);
      query->before_id = logged.id;
    }
    if (read->size() < static_cast<std::size_t>(query->limit)) {
      return reply({{"data", std::move(rows)}, {"next_cursor", nullptr}});
    }
    query->limit = std::min(query->limit * 2, kMaxRead);
  }
  return reply({{"data", std::move(rows)}, {"next_cursor", next}});
}

Result<Reply> get_request(Admin& admin, const Request& request) {
  if (const Status flushed = admin.catch_up(); !flushed) return flushed.error();
  const auto found = store::find_request(admin.db(), request.argument);
  if (!found) return found.error();
  if (!*found) return refusal(404, "not_found", "No request of that id is in the log.");
  const auto index = admin.daemon.routes();
  const auto& table = routing::table_of(*index);
  const RowContext context{table, admin.daemon.settings().values.price};
  Json attempts = attempts_json(table, **found);
  Json explain = explain_json(table, **found, attempts);
  return reply({{"request", row_json(context, **found)},
                {"attempts", std::move(attempts)},
                {"explain", std::move(explain)}});
}

}  // namespace freellm::server::admin
