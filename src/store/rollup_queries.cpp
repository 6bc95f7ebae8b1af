// Reading the rollups: what every page of the dashboard adds up from.
#include <array>

#include "freellm/store/usage_log.hpp"
#include "kept_cells.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

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

constexpr std::string_view kSums =
    ", sum(requests), sum(failed_requests), sum(failed_attempts), sum(rate_limited), "
    "sum(prompt_tokens), sum(completion_tokens), sum(latency_ms), sum(ttft_ms), sum(ttft_count), "
    "sum(cancelled), sum(rejected), sum(failovers), max(last_at), sketch_sum(latency_sketch), "
    "sketch_sum(ttft_sketch) FROM ";

Rollup read_rollup(const Statement& row) {
  Rollup sum;
  sum.start = from_ms(row.integer(0));
  sum.route = {PlatformId{static_cast<std::int32_t>(row.integer(1))},
               ModelId{static_cast<std::int32_t>(row.integer(2))}, KeyId{row.integer(3)}};
  const std::array<std::int64_t*, 12> columns{
      &sum.requests,      &sum.failed_requests,   &sum.failed_attempts, &sum.rate_limited,
      &sum.prompt_tokens, &sum.completion_tokens, &sum.latency_ms,      &sum.ttft_ms,
      &sum.ttft_count,    &sum.cancelled,         &sum.rejected,        &sum.failovers};
  int column = 4;
  for (auto* value : columns) *value = row.integer(column++);
  if (const auto last = row.integer(column++); last > 0) sum.last_at = from_ms(last);
  sum.latency_sketch = row.blob(column++);
  sum.ttft_sketch = row.blob(column);
  return sum;
}

Result<std::vector<Rollup>> read_all(Statement& rows) {
  std::vector<Rollup> sums;
  for (;;) {
    auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return sums;
    // Without a GROUP BY column in the table SQLite answers an empty set with one row of NULLs.
    if (!rows.is_null(4)) sums.push_back(read_rollup(rows));
  }
}

/// What all routes did together stands in a table of its own.
std::string_view table_for(GroupBy group, const RollupFilter& filter) {
  const bool is_of_all = group == GroupBy::time || group == GroupBy::nothing;
  return is_of_all && filter.is_empty() ? "rollup_all" : "rollup";
}

/// One range of the primary key per piece, so that nothing else is read.
std::string pieces_sql(std::string_view table) {
  std::string sql = "(";
  for (std::size_t i = 0; i < std::tuple_size_v<Pieces>; ++i) {
    if (i > 0) sql += " UNION ALL ";
    sql.append("SELECT * FROM ")
        .append(table)
        .append(" WHERE span = ? AND start >= ? AND start < ?");
  }
  return sql + ") ";
}

template <class... Before>
void bind_pieces(Statement& statement, const Pieces& p, const Before&... more) {
  const auto span = [&](std::size_t i) { return static_cast<std::int64_t>(p[i].span); };
  statement.bind(span(0), p[0].from, p[0].until, span(1), p[1].from, p[1].until, span(2), p[2].from,
                 p[2].until, span(3), p[3].from, p[3].until, span(4), p[4].from, p[4].until,
                 more...);
}

}  // namespace

WallTime kept_since(Span span, WallTime now) {
  const auto since = cells_since(now);
  return span == Span::minute ? from_ms(since.minutes)
         : span == Span::hour ? from_ms(since.hours)
                              : WallTime::min();
}

Result<std::vector<Rollup>> read_rollups(Db& db, Span span, WallTime from, WallTime until,
                                         GroupBy group, const RollupFilter& filter) {
  std::string sql = "SELECT ";
  sql.append(group_columns(group)).append(kSums).append(table_for(group, filter));
  sql += " WHERE span = ? AND start >= ? AND start < ?";
  if (filter.platform) sql += " AND platform_id = " + std::to_string(filter.platform->value);
  if (filter.model) sql += " AND model_id = " + std::to_string(filter.model->value);
  sql += " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  rows->bind(static_cast<std::int64_t>(span), to_ms(from), to_ms(until));
  return read_all(*rows);
}

Result<std::vector<Rollup>> read_range(Db& db, WallTime from, WallTime until, WallTime now,
                                       GroupBy group) {
  std::string sql = "SELECT ";
  sql.append(group_columns(group)).append(kSums).append(pieces_sql(table_for(group, {})));
  sql += "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  bind_pieces(*rows, cover(to_ms(from), to_ms(until), cells_since(now)));
  return read_all(*rows);
}

Result<std::vector<FailureCount>> read_failures(Db& db, WallTime from, WallTime until, WallTime now,
                                                std::int64_t limit) {
  // SQLite takes last_message from the row that max() was found in.
  auto rows = db.prepare(
      "SELECT platform_id, model_id, failure, http_status, sum(count), max(last_at), last_message "
      "FROM " +
      pieces_sql("failure_cell") + "GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT ?");
  if (!rows) return rows.error();
  // Failures are kept by the hour at the finest.
  const auto hour_end = floor_to(to_ms(until) + kHourMs - 1, kHourMs);
  const auto since = cells_since(now);
  bind_pieces(*rows, cover(floor_to(to_ms(from), kHourMs), hour_end, since), limit);
  std::vector<FailureCount> counts;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return counts;
    counts.push_back({.platform = PlatformId{static_cast<std::int32_t>(rows->integer(0))},
                      .model = ModelId{static_cast<std::int32_t>(rows->integer(1))},
                      .failure = std::string{rows->text(2)},
                      .http_status = static_cast<int>(rows->integer(3)),
                      .count = rows->integer(4),
                      .last_at = from_ms(rows->integer(5)),
                      .last_message = std::string{rows->text(6)}});
  }
}

}  // namespace freellm::store
