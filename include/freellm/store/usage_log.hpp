#pragma once
// The request log with its rollups, and the quota journal. The writer calls the writing half, in
// batches inside its own transaction; queries run on the reader.
//
// Dashboards read the rollups (minute, hour, day by platform, model and key, kept at write time),
// never the raw log: its size must not matter.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/store/cover.hpp"
#include "freellm/store/records.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

[[nodiscard]] Status write_requests(Db& db, std::span<const RequestRecord> records);
[[nodiscard]] Status write_bookings(Db& db, std::span<const QuotaBooking> bookings);

/// Greater than every id ever used.
[[nodiscard]] Result<std::int64_t> next_booking_id(Db& db);
/// What still counts: bookings of the last two days one by one, older ones of the current UTC month
/// (and 31 days back) summed up per route and UTC day, dated at that day's start. Refunded ones are
/// left out.
[[nodiscard]] Result<std::vector<QuotaBooking>> load_bookings(Db& db, WallTime now);

/// Notes in the order they were made: a later one replaces an earlier one about the same thing.
[[nodiscard]] Status write_notes(Db& db, std::span<const RoutingNote> notes);
/// What still holds: cooldowns that are not over, limits learned in the last 31 days, penalties of
/// the last day.
struct RoutingNotes {
  std::vector<StoredCooldown> cooldowns;
  std::vector<StoredLimit> limits;
  std::vector<StoredPenalty> penalties;
};
[[nodiscard]] Result<RoutingNotes> load_notes(Db& db, WallTime now);

struct Retention {
  std::chrono::hours request_log{24 * 90};
  std::optional<std::int64_t> max_rows;
  std::int64_t explain_rows = 100'000;  ///< newest requests whose routing record is kept
};
/// Deletes what is too old, at most `limit` rows, and says whether more is left: call again
/// (through the writer) until it is not, so that live rows get in between.
[[nodiscard]] Result<bool> prune(Db& db, const Retention& retention, WallTime now,
                                 std::int64_t limit = 500);

/// One cell of a rollup, or a sum of cells.
struct Rollup {
  WallTime start;
  RouteIds route;
  std::int64_t requests = 0;
  std::int64_t failed_requests = 0;  ///< answered with an error
  std::int64_t failed_attempts = 0;  ///< upstream tries that did not serve
  std::int64_t rate_limited = 0;     ///< of those, for quota
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t latency_ms = 0;  ///< sum over the requests that were answered
  std::int64_t ttft_ms = 0;     ///< sum over ttft_count
  std::int64_t ttft_count = 0;
  std::int64_t cancelled = 0;       ///< of failed_requests: the client left
  std::int64_t rejected = 0;        ///< of failed_requests: nothing was tried
  std::int64_t failovers = 0;       ///< answered, but not at the first try
  std::optional<WallTime> last_at;  ///< of the newest request
  std::string latency_sketch;       ///< of the requests that were answered: see sketch.hpp
  std::string ttft_sketch;
};

enum class GroupBy : std::uint8_t { time, platform, model, key, nothing };

/// Which cells count; unset members do not restrict.
struct RollupFilter {
  std::optional<PlatformId> platform;
  std::optional<ModelId> model;
  [[nodiscard]] bool is_empty() const { return !platform && !model; }
};

/// Since when a timeline of that width has no holes; days are kept for good.
[[nodiscard]] WallTime kept_since(Span span, WallTime now);

/// Cells of one width with a start in [from, until), summed by one dimension, in ascending order of
/// it.
[[nodiscard]] Result<std::vector<Rollup>> read_rollups(Db& db, Span span, WallTime from,
                                                       WallTime until, GroupBy group,
                                                       const RollupFilter& filter = {});
/// Likewise for any range: whole days, and hours and minutes at its ends as far as they are kept
/// at `now`. Not by time.
[[nodiscard]] Result<std::vector<Rollup>> read_range(Db& db, WallTime from, WallTime until,
                                                     WallTime now, GroupBy group);

/// Failed attempts of one kind.
struct FailureCount {
  PlatformId platform;
  ModelId model;        ///< 0 = not known any more
  std::string failure;  ///< name of the FailureClass
  int http_status = 0;  ///< 0 = no answer
  std::int64_t count = 0;
  WallTime last_at;
  std::string last_message;
};
/// Those of [from, until) in whole hours, most first, at most `limit` kinds.
[[nodiscard]] Result<std::vector<FailureCount>> read_failures(Db& db, WallTime from, WallTime until,
                                                              WallTime now,
                                                              std::int64_t limit = 500);

/// A log row as stored; failure messages and the explain record are read one request at a time.
struct LoggedRequest {
  std::int64_t id = 0;
  RequestRecord record;  ///< without failed_attempts and explain_json
  std::int64_t attempts = 0;
};

struct RequestQuery {
  std::optional<std::int64_t> before_id;  ///< keyset paging: rows older than this one
  std::optional<PlatformId> platform;
  std::optional<ModelId> model;
  bool only_errors = false;
  std::int64_t limit = 50;  ///< 1..500
};
/// Newest first.
[[nodiscard]] Result<std::vector<LoggedRequest>> read_requests(Db& db, const RequestQuery& query);
/// The newest request with that X-Request-Id, complete.
[[nodiscard]] Result<std::optional<LoggedRequest>> find_request(Db& db,
                                                                std::string_view request_id);

}  // namespace freellm::store
