// The reading half of the request log and its rollups.
#include <algorithm>
#include <array>
#include <limits>

#include "freellm/store/usage_log.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

constexpr std::int64_t kMaxPage = 500;
constexpr std::string_view kColumns =
    "SELECT id, request_id, at, requested_model, platform_id, model_id, key_id, status, "
    "error_code, stream, "
    "latency_ms, ttft_ms, upstream_latency_ms, prompt_tokens, completion_tokens, total_tokens, "
    "cached_tokens, "
    "reasoning_tokens, is_estimated, attempts FROM request_log ";

RouteIds read_route(const Statement& row, int column) {
  return {PlatformId{static_cast<std::int32_t>(row.integer(column))},
          ModelId{static_cast<std::int32_t>(row.integer(column + 1))},
          KeyId{row.integer(column + 2)}};
}

LoggedRequest read_request(const Statement& row) {
  LoggedRequest logged;
  auto& record = logged.record;
  logged.id = row.integer(0);
  record.request_id = row.text(1);
  record.at = from_ms(row.integer(2));
  record.requested_model = row.text(3);
  record.route = read_route(row, 4);
  record.status = static_cast<int>(row.integer(7));
  record.error_code = row.text(8);
  record.stream = row.integer(9) != 0;
  record.latency = Millis{row.integer(10)};
  if (const auto ttft = row.optional_integer(11)) record.ttft = Millis{*ttft};
  record.upstream_latency = Millis{row.integer(12)};
  record.usage = {.prompt_tokens = row.integer(13),
                  .completion_tokens = row.integer(14),
                  .total_tokens = row.integer(15),
                  .cached_tokens = row.integer(16),
                  .reasoning_tokens = row.integer(17),
                  .estimated = row.integer(18) != 0};
  logged.attempts = row.integer(19);
  return logged;
}

chat::FailureClass failure_of(std::string_view name) {
  for (int value = 0; value <= static_cast<int>(chat::FailureClass::client_gone); ++value) {
    const auto failure = static_cast<chat::FailureClass>(value);
    if (chat::to_string(failure) == name) return failure;
  }
  return chat::FailureClass::provider_error;  // a class that a newer version knew
}

Status read_attempts(Db& db, LoggedRequest& logged) {
  auto rows = db.prepare(
      "SELECT platform_id, model_id, key_id, failure, http_status, started_after_ms, duration_ms, "
      "message FROM failed_attempt WHERE log_id = ? ORDER BY number");
  if (!rows) return rows.error();
  rows->bind(logged.id);
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    logged.record.failed_attempts.push_back({.route = read_route(*rows, 0),
                                             .failure = failure_of(rows->text(3)),
                                             .http_status = static_cast<int>(rows->integer(4)),
                                             .started_after = Millis{rows->integer(5)},
                                             .duration = Millis{rows->integer(6)},
                                             .message = std::string{rows->text(7)}});
  }
}

Status read_explain(Db& db, LoggedRequest& logged) {
  auto rows = db.prepare("SELECT body FROM request_explain WHERE log_id = ?");
  if (!rows) return rows.error();
  auto row = rows->bind(logged.id).step();
  if (!row) return row.error();
  if (*row) logged.record.explain_json = rows->text(0);
  return {};
}

/// The columns a rollup is grouped by; the others come out as 0.
std::string_view group_columns(GroupBy group) {
  switch (group) {
    case GroupBy::time:
      return "start, 0, 0, 0";
    case GroupBy::platform:
      return "0, platform_id, 0, 0";
    case GroupBy::model:
      return "0, platform_id, model_id, 0";
    case GroupBy::key:
      return "0, platform_id, 0, key_id";
    case GroupBy::nothing:
      return "0, 0, 0, 0";
  }
  return "0, 0, 0, 0";
}

Rollup read_rollup(const Statement& row) {
  Rollup sum;
  sum.start = from_ms(row.integer(0));
  sum.route = read_route(row, 1);
  const std::array<std::int64_t*, 9> columns{
      &sum.requests,     &sum.failed_requests, &sum.failed_attempts,
      &sum.rate_limited, &sum.prompt_tokens,   &sum.completion_tokens,
      &sum.latency_ms,   &sum.ttft_ms,         &sum.ttft_count};
  int column = 4;
  for (auto* value : columns) *value = row.integer(column++);
  return sum;
}

}  // namespace

Result<std::vector<Rollup>> read_rollups(Db& db, Span span, WallTime from, WallTime until,
                                         GroupBy group) {
  const std::string sql =
      "SELECT " + std::string{group_columns(group)} +
      ", sum(requests), sum(failed_requests), sum(failed_attempts), sum(rate_limited), "
      "sum(prompt_tokens), sum(completion_tokens), sum(latency_ms), sum(ttft_ms), sum(ttft_count) "
      "FROM rollup WHERE span = ? AND start >= ? AND start < ? GROUP BY 1, 2, 3, 4 "
      "ORDER BY 1, 2, 3, 4";
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  rows->bind(static_cast<std::int64_t>(span), to_ms(from), to_ms(until));
  std::vector<Rollup> sums;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return sums;
    sums.push_back(read_rollup(*rows));
  }
}

Result<std::vector<FailureCount>> read_failures(Db& db, WallTime from, WallTime until) {
  auto rows = db.prepare(
      "SELECT platform_id, failure, sum(count) FROM failure_rollup WHERE start >= ? AND start < ? "
      "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
  if (!rows) return rows.error();
  rows->bind(to_ms(from), to_ms(until));
  std::vector<FailureCount> counts;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return counts;
    counts.push_back({PlatformId{static_cast<std::int32_t>(rows->integer(0))},
                      std::string{rows->text(1)}, rows->integer(2)});
  }
}

Result<std::vector<LoggedRequest>> read_requests(Db& db, const RequestQuery& query) {
  // One text per combination, so that SQLite can use the index that fits it.
  std::string sql{kColumns};
  sql += "WHERE id < ?";
  if (query.only_errors) sql += " AND status >= 400";
  if (query.platform) sql += " AND platform_id = " + std::to_string(query.platform->value);
  if (query.model) sql += " AND model_id = " + std::to_string(query.model->value);
  sql += " ORDER BY id DESC LIMIT ?";
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  rows->bind(query.before_id.value_or(std::numeric_limits<std::int64_t>::max()),
             std::clamp<std::int64_t>(query.limit, 1, kMaxPage));
  std::vector<LoggedRequest> requests;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return requests;
    requests.push_back(read_request(*rows));
  }
}

Result<std::optional<LoggedRequest>> find_request(Db& db, std::string_view request_id) {
  auto rows = db.prepare(std::string{kColumns} + "WHERE request_id = ? ORDER BY id DESC LIMIT 1");
  if (!rows) return rows.error();
  auto row = rows->bind(request_id).step();
  if (!row) return row.error();
  if (!*row) return std::optional<LoggedRequest>{};
  LoggedRequest logged = read_request(*rows);
  if (auto status = read_attempts(db, logged); !status) return status.error();
  if (auto status = read_explain(db, logged); !status) return status.error();
  return std::optional{std::move(logged)};
}

}  // namespace freellm::store
