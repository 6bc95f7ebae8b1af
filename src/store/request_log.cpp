// The writing half of the request log; reading is in request_queries.cpp.
#include "freellm/store/usage_log.hpp"

#include "explain_body.hpp"
#include "rollups.hpp"
#include "text_cut.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

constexpr std::size_t kMaxRequestIdBytes = 128;
constexpr std::size_t kMaxModelBytes = 256;

constexpr std::string_view kInsert =
    "INSERT INTO request_log (request_id, at, requested_model, platform_id, model_id, key_id, "
    "status, error_code, "
    "stream, latency_ms, ttft_ms, upstream_latency_ms, prompt_tokens, completion_tokens, "
    "total_tokens, cached_tokens, "
    "reasoning_tokens, is_estimated, attempts, error_message, connect_ms) VALUES (?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

std::int64_t attempts_of(const RequestRecord& record) {
  // The client of an answer that was complete may leave before it has the end of it.
  const bool was_tried = record.failed_attempts.empty() && record.route.platform.value != 0;
  return static_cast<std::int64_t>(record.failed_attempts.size()) +
         (is_served(record) || was_tried ? 1 : 0);
}

std::optional<std::int64_t> count_of(const std::optional<Millis>& duration) {
  if (!duration) return std::nullopt;
  return duration->count();
}

Status insert_request(Statement& statement, const RequestRecord& record) {
  return statement
      .bind(Lasting{cut(record.request_id, kMaxRequestIdBytes)}, to_ms(record.at),
            Lasting{cut(record.requested_model, kMaxModelBytes)}, record.route.platform.value,
            record.route.model.value, record.route.key.value, record.status,
            Lasting{record.error_code}, record.stream, record.latency.count(),
            count_of(record.ttft), record.upstream_latency.count(), record.usage.prompt_tokens,
            record.usage.completion_tokens, record.usage.total_tokens, record.usage.cached_tokens,
            record.usage.reasoning_tokens, record.usage.estimated, attempts_of(record),
            Lasting{cut(record.error_message, kMaxMessageBytes)}, count_of(record.connect))
      .run();
}

Status insert_attempts(Db& db, std::int64_t log_id, const RequestRecord& record) {
  std::int64_t number = 0;
  for (const auto& attempt : record.failed_attempts) {
    auto status = db.run(
        "INSERT INTO failed_attempt (log_id, number, platform_id, model_id, key_id, failure, "
        "http_status, started_after_ms, duration_ms, message, connect_ms, retry_after_ms, "
        "consequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        log_id, ++number, attempt.route.platform.value, attempt.route.model.value,
        attempt.route.key.value, chat::to_string(attempt.failure), attempt.http_status,
        attempt.started_after.count(), attempt.duration.count(),
        cut(attempt.message, kMaxMessageBytes), count_of(attempt.connect),
        count_of(attempt.retry_after), cut(attempt.consequence, kMaxMessageBytes));
    if (!status) return status;
  }
  return {};
}

Status insert_explain(Db& db, std::int64_t log_id, const RequestRecord& record) {
  if (record.explain_json.empty()) return {};
  const auto packed = pack_explain(record.explain_json);
  return db.run("INSERT INTO explain_record (log_id, form, body) VALUES (?, ?, ?)", log_id,
                static_cast<std::int64_t>(packed.form), Blob{packed.body});
}

}  // namespace

Status write_requests(Db& db, std::span<const RequestRecord> records) {
  if (records.empty()) return {};
  auto statement = db.prepare(kInsert);
  if (!statement) return statement.error();
  for (const auto& record : records) {
    if (auto status = insert_request(*statement, record); !status) return status;
    const std::int64_t log_id = db.last_insert_id();
    if (auto status = insert_attempts(db, log_id, record); !status) return status;
    if (auto status = insert_explain(db, log_id, record); !status) return status;
  }
  return add_to_rollups(db, records);
}

}  // namespace freellm::store
