// The reading half of the request log; rollups are read in rollup_queries.cpp.
#include <algorithm>
#include <limits>

#include "explain_body.hpp"
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
    "reasoning_tokens, is_estimated, attempts, error_message, connect_ms FROM request_log ";

RouteIds read_route(const Statement& row, int column) {
  return {PlatformId{static_cast<std::int32_t>(row.integer(column))},
          ModelId{static_cast<std::int32_t>(row.integer(column + 1))},
          KeyId{row.integer(column + 2)}};
}

std::optional<Millis> millis_or_none(const Statement& row, int column) {
  const auto ms = row.optional_integer(column);
  return ms ? std::optional{Millis{*ms}} : std::nullopt;
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
  record.ttft = millis_or_none(row, 11);
  record.upstream_latency = Millis{row.integer(12)};
  record.usage = {.prompt_tokens = row.integer(13),
                  .completion_tokens = row.integer(14),
                  .total_tokens = row.integer(15),
                  .cached_tokens = row.integer(16),
                  .reasoning_tokens = row.integer(17),
                  .estimated = row.integer(18) != 0};
  logged.attempts = row.integer(19);
  record.error_message = row.text(20);
  record.connect = millis_or_none(row, 21);
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
      "message, connect_ms, retry_after_ms, consequence FROM failed_attempt WHERE log_id = ? ORDER "
      "BY number");
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
                                             .message = std::string{rows->text(7)},
                                             .connect = millis_or_none(*rows, 8),
                                             .retry_after = millis_or_none(*rows, 9),
                                             .consequence = std::string{rows->text(10)}});
  }
}

Status read_explain(Db& db, LoggedRequest& logged) {
  auto rows = db.prepare("SELECT form, body FROM explain_record WHERE log_id = ?");
  if (!rows) return rows.error();
  auto row = rows->bind(logged.id).step();
  if (!row) return row.error();
  if (*row)
    logged.record.explain_json = unpack_explain(rows->integer(0), rows->blob(1)).value_or("");
  return {};
}

}  // namespace

Result<std::vector<LoggedRequest>> read_requests(Db& db, const RequestQuery& query) {
  // One text per combination, so that SQLite can use the index that fits it.
  std::string sql{kColumns};
  sql += "WHERE id < ?";
  if (query.only_errors) sql += " AND error_code <> ''";
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
