#include "rollups.hpp"

#include <algorithm>
#include <vector>

#include "freellm/store/sketch.hpp"
#include "freellm/store/usage_log.hpp"
#include "text_cut.hpp"
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
  std::int64_t cancelled = 0;
  std::int64_t rejected = 0;
  std::int64_t failovers = 0;
  std::int64_t last_at = 0;
  std::vector<std::uint16_t> latency, ttft;  ///< buckets, one per request

  Sums& operator+=(const Sums& other) {
    requests += other.requests;
    failed_requests += other.failed_requests;
    failed_attempts += other.failed_attempts;
    rate_limited += other.rate_limited;
    prompt_tokens += other.prompt_tokens;
    completion_tokens += other.completion_tokens;
    latency_ms += other.latency_ms;
    ttft_ms += other.ttft_ms;
    ttft_count += other.ttft_count;
    cancelled += other.cancelled;
    rejected += other.rejected;
    failovers += other.failovers;
    last_at = std::max(last_at, other.last_at);
    latency.insert(latency.end(), other.latency.begin(), other.latency.end());
    ttft.insert(ttft.end(), other.ttft.begin(), other.ttft.end());
    return *this;
  }
};

/// start, platform, model, key
using CellKey = std::tuple<std::int64_t, std::int32_t, std::int32_t, std::int64_t>;
using Cells = std::map<CellKey, Sums>;
using Totals = std::map<std::int64_t, Sums>;  ///< by start

constexpr std::pair<Span, std::int64_t> kSpans[] = {
    {Span::minute, kMinuteMs}, {Span::hour, kHourMs}, {Span::day, kDayMs}};

CellKey cell_key(std::int64_t start, const RouteIds& route) {
  return {start, route.platform.value, route.model.value, route.key.value};
}

bool is_rate_limit(chat::FailureClass failure) {
  return failure == chat::FailureClass::rate_limited ||
         failure == chat::FailureClass::daily_quota || failure == chat::FailureClass::monthly_quota;
}

void add_request(Sums& sums, const RequestRecord& record) {
  ++sums.requests;
  sums.last_at = std::max(sums.last_at, to_ms(record.at));
  sums.prompt_tokens += record.usage.prompt_tokens;
  sums.completion_tokens += record.usage.completion_tokens;
  if (!is_served(record)) {
    ++sums.failed_requests;
    if (is_cancelled(record)) {
      ++sums.cancelled;
    } else if (record.failed_attempts.empty()) {
      ++sums.rejected;
    }
    return;
  }
  if (!record.failed_attempts.empty()) ++sums.failovers;
  sums.latency_ms += record.latency.count();
  sums.latency.push_back(sketch_bucket(record.latency.count()));
  if (!record.ttft) return;
  sums.ttft_ms += record.ttft->count();
  ++sums.ttft_count;
  sums.ttft.push_back(sketch_bucket(record.ttft->count()));
}

/// Minutes; the longer buckets are added up from them, so that a record is looked at once.
Cells minute_cells(std::span<const RequestRecord> records) {
  Cells cells;
  for (const auto& record : records) {
    const std::int64_t start = floor_to(to_ms(record.at), kMinuteMs);
    add_request(cells[cell_key(start, record.route)], record);
    for (const auto& attempt : record.failed_attempts) {
      // Nobody's failure: the request counts as cancelled.
      if (attempt.failure == chat::FailureClass::client_gone) continue;
      Sums& tried = cells[cell_key(start, attempt.route)];
      ++tried.failed_attempts;
      if (is_rate_limit(attempt.failure)) ++tried.rate_limited;
    }
  }
  return cells;
}

Cells widened(const Cells& cells, std::int64_t width) {
  Cells wide;
  for (const auto& [key, sums] : cells) {
    auto wide_key = key;
    std::get<0>(wide_key) = floor_to(std::get<0>(key), width);
    wide[wide_key] += sums;
  }
  return wide;
}

Totals totals_of(const Cells& cells) {
  Totals totals;
  for (const auto& [key, sums] : cells) totals[std::get<0>(key)] += sums;
  return totals;
}

/// What both tables have in common, in the order in which it is bound.
#define FREELLM_ROLLUP_COLUMNS                                                           \
  "requests, failed_requests, failed_attempts, rate_limited, prompt_tokens, "            \
  "completion_tokens, latency_ms, ttft_ms, ttft_count, cancelled, rejected, failovers, " \
  "last_at, latency_sketch, ttft_sketch"
#define FREELLM_ROLLUP_ADD                                                                 \
  "ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, "                    \
  "failed_requests = failed_requests + excluded.failed_requests, "                         \
  "failed_attempts = failed_attempts + excluded.failed_attempts, "                         \
  "rate_limited = rate_limited + excluded.rate_limited, "                                  \
  "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "                               \
  "completion_tokens = completion_tokens + excluded.completion_tokens, "                   \
  "latency_ms = latency_ms + excluded.latency_ms, ttft_ms = ttft_ms + excluded.ttft_ms, "  \
  "ttft_count = ttft_count + excluded.ttft_count, "                                        \
  "cancelled = cancelled + excluded.cancelled, rejected = rejected + excluded.rejected, "  \
  "failovers = failovers + excluded.failovers, last_at = max(last_at, excluded.last_at), " \
  "latency_sketch = sketch_merge(latency_sketch, excluded.latency_sketch), "               \
  "ttft_sketch = sketch_merge(ttft_sketch, excluded.ttft_sketch)"

constexpr std::string_view kUpsertCell =
    "INSERT INTO rollup (span, start, platform_id, model_id, key_id, " FREELLM_ROLLUP_COLUMNS
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) " FREELLM_ROLLUP_ADD;
constexpr std::string_view kUpsertTotal =
    "INSERT INTO rollup_all (span, start, " FREELLM_ROLLUP_COLUMNS
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) " FREELLM_ROLLUP_ADD;

#undef FREELLM_ROLLUP_COLUMNS
#undef FREELLM_ROLLUP_ADD

template <class... Key>
Status upsert(Statement& statement, Sums& sums, const Key&... key) {
  const std::string latency = encode_sketch(sums.latency);
  const std::string ttft = encode_sketch(sums.ttft);
  return statement
      .bind(key..., sums.requests, sums.failed_requests, sums.failed_attempts, sums.rate_limited,
            sums.prompt_tokens, sums.completion_tokens, sums.latency_ms, sums.ttft_ms,
            sums.ttft_count, sums.cancelled, sums.rejected, sums.failovers, sums.last_at,
            Blob{latency}, Blob{ttft})
      .run();
}

Status write_span(Db& db, Span span, Cells cells) {
  auto total = db.prepare(kUpsertTotal);
  if (!total) return total.error();
  for (auto& [start, sums] : totals_of(cells)) {
    auto all = sums;
    auto status = upsert(*total, all, static_cast<std::int64_t>(span), start);
    if (!status) return status;
  }
  auto cell = db.prepare(kUpsertCell);
  if (!cell) return cell.error();
  for (auto& [key, sums] : cells) {
    const auto& [start, platform, model, key_id] = key;
    auto status =
        upsert(*cell, sums, static_cast<std::int64_t>(span), start, platform, model, key_id);
    if (!status) return status;
  }
  return {};
}

/// hour, platform, model, class, status
using FailureKey = std::tuple<std::int64_t, std::int32_t, std::int32_t, std::string_view, int>;
struct FailureSums {
  std::int64_t count = 0;
  std::int64_t last_at = 0;
  std::string_view message;
};

constexpr std::string_view kUpsertFailure =
    "INSERT INTO failure_cell (span, start, platform_id, model_id, failure, http_status, count, "
    "last_at, last_message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET count = count + excluded.count, "
    "last_message = iif(excluded.last_at >= last_at, excluded.last_message, last_message), "
    "last_at = max(last_at, excluded.last_at)";

/// The provider chooses it, so it must not be able to make cells without end.
int bounded_status(int status) { return status >= 100 && status < 600 ? status : 0; }

Status write_failures(Db& db, std::span<const RequestRecord> records) {
  std::map<FailureKey, FailureSums> failures;
  for (const auto& record : records) {
    for (const auto& attempt : record.failed_attempts) {
      auto& sums = failures[{floor_to(to_ms(record.at), kHourMs), attempt.route.platform.value,
                             attempt.route.model.value, chat::to_string(attempt.failure),
                             bounded_status(attempt.http_status)}];
      ++sums.count;
      if (to_ms(record.at) >= sums.last_at) {
        sums.last_at = to_ms(record.at);
        sums.message = cut(attempt.message, kMaxMessageBytes);
      }
    }
  }
  if (failures.empty()) return {};
  auto statement = db.prepare(kUpsertFailure);
  if (!statement) return statement.error();
  for (const auto& [key, sums] : failures) {
    const auto& [hour, platform, model, failure, http_status] = key;
    for (const auto& [span, start] :
         {std::pair{Span::hour, hour}, std::pair{Span::day, floor_to(hour, kDayMs)}}) {
      auto status = statement
                        ->bind(static_cast<std::int64_t>(span), start, platform, model, failure,
                               http_status, sums.count, sums.last_at, sums.message)
                        .run();
      if (!status) return status;
    }
  }
  return {};
}

}  // namespace

Status add_to_rollups(Db& db, std::span<const RequestRecord> records) {
  const auto minutes = minute_cells(records);
  for (const auto& [span, width] : kSpans) {
    if (auto status = write_span(db, span, widened(minutes, width)); !status) return status;
  }
  return write_failures(db, records);
}

}  // namespace freellm::store
