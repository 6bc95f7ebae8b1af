#include "rollups.hpp"

#include "freellm/store/usage_log.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

struct Sums {
  std::int64_t requests = 0;
  std::int64_t failed_requests = 0;
  std::int64_t failed_attempts = 0;
  std::int64_t rate_limited = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t latency_ms = 0;
  std::int64_t ttft_ms = 0;
  std::int64_t ttft_count = 0;
};

using CellKey = std::tuple<std::int64_t, std::int32_t, std::int32_t,
                           std::int64_t>;  // start, platform, model, key
using Cells = std::map<CellKey, Sums>;
using FailureKey =
    std::tuple<std::int64_t, std::int32_t, std::string_view>;  // hour, platform, class
using Failures = std::map<FailureKey, std::int64_t>;

CellKey cell_key(std::int64_t start, const RouteIds& route) {
  return {start, route.platform.value, route.model.value, route.key.value};
}

bool is_rate_limit(chat::FailureClass failure) {
  return failure == chat::FailureClass::rate_limited ||
         failure == chat::FailureClass::daily_quota || failure == chat::FailureClass::monthly_quota;
}

void add_request(Cells& cells, const RequestRecord& record, std::int64_t width) {
  const std::int64_t start = floor_to(to_ms(record.at), width);
  Sums& sums = cells[cell_key(start, record.route)];
  ++sums.requests;
  if (record.status >= 400) ++sums.failed_requests;
  sums.prompt_tokens += record.usage.prompt_tokens;
  sums.completion_tokens += record.usage.completion_tokens;
  sums.latency_ms += record.latency.count();
  if (record.ttft) {
    sums.ttft_ms += record.ttft->count();
    ++sums.ttft_count;
  }
  for (const auto& attempt : record.failed_attempts) {
    Sums& tried = cells[cell_key(start, attempt.route)];
    ++tried.failed_attempts;
    if (is_rate_limit(attempt.failure)) ++tried.rate_limited;
  }
}

constexpr std::string_view kUpsert =
    "INSERT INTO rollup (span, start, platform_id, model_id, key_id, requests, failed_requests, "
    "failed_attempts, "
    "rate_limited, prompt_tokens, completion_tokens, latency_ms, ttft_ms, ttft_count) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, "
    "failed_requests = failed_requests + excluded.failed_requests, "
    "failed_attempts = failed_attempts + excluded.failed_attempts, rate_limited = rate_limited + "
    "excluded.rate_limited, "
    "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
    "completion_tokens = completion_tokens + excluded.completion_tokens, latency_ms = latency_ms + "
    "excluded.latency_ms, "
    "ttft_ms = ttft_ms + excluded.ttft_ms, ttft_count = ttft_count + excluded.ttft_count";

Status write_cells(Db& db, Span span, const Cells& cells) {
  auto statement = db.prepare(kUpsert);
  if (!statement) return statement.error();
  for (const auto& [key, sums] : cells) {
    const auto& [start, platform, model, key_id] = key;
    auto status = statement
                      ->bind(static_cast<std::int64_t>(span), start, platform, model, key_id,
                             sums.requests, sums.failed_requests, sums.failed_attempts,
                             sums.rate_limited, sums.prompt_tokens, sums.completion_tokens,
                             sums.latency_ms, sums.ttft_ms, sums.ttft_count)
                      .run();
    if (!status) return status;
  }
  return {};
}

Status write_failures(Db& db, std::span<const RequestRecord> records) {
  Failures failures;
  for (const auto& record : records) {
    for (const auto& attempt : record.failed_attempts) {
      ++failures[{floor_to(to_ms(record.at), kHourMs), attempt.route.platform.value,
                  chat::to_string(attempt.failure)}];
    }
  }
  for (const auto& [key, count] : failures) {
    const auto& [start, platform, failure] = key;
    auto status = db.run(
        "INSERT INTO failure_rollup (start, platform_id, failure, count) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count",
        start, platform, failure, count);
    if (!status) return status;
  }
  return {};
}

}  // namespace

Status add_to_rollups(Db& db, std::span<const RequestRecord> records) {
  constexpr std::pair<Span, std::int64_t> kSpans[] = {
      {Span::minute, kMinuteMs}, {Span::hour, kHourMs}, {Span::day, kDayMs}};
  for (const auto& [span, width] : kSpans) {
    Cells cells;
    for (const auto& record : records) add_request(cells, record, width);
    if (auto status = write_cells(db, span, cells); !status) return status;
  }
  return write_failures(db, records);
}

}  // namespace freellm::store
