#include "retention.hpp"

#include <algorithm>
#include <string>

#include "freellm/store/usage_log.hpp"
#include "kept_cells.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

/// Deletes log rows up to and including `last`, and what hangs on them.
Result<std::int64_t> delete_requests(Db& db, std::int64_t last) {
  for (const auto* sql :
       {"DELETE FROM failed_attempt WHERE log_id <= ?",
        "DELETE FROM explain_record WHERE log_id <= ?", "DELETE FROM request_log WHERE id <= ?"}) {
    if (auto status = db.run(sql, last); !status) return status.error();
  }
  return db.changes();
}

/// Ids rise with time, so looking at the oldest `limit` rows is enough and needs no index on the
/// time.
Result<bool> prune_by_age(Db& db, WallTime before, std::int64_t limit) {
  auto last = db.scalar(
      "SELECT max(id) FROM (SELECT id, at FROM request_log ORDER BY id LIMIT ?) WHERE at < ?",
      limit, to_ms(before));
  if (!last) return last.error();
  if (!*last) return false;
  auto deleted = delete_requests(db, **last);
  if (!deleted) return deleted.error();
  return *deleted >= limit;
}

Result<bool> prune_by_count(Db& db, std::int64_t max_rows, std::int64_t limit) {
  // Only the oldest are ever deleted, so the ids have no gaps worth counting.
  auto rows = db.scalar("SELECT max(id) - min(id) + 1 FROM request_log");
  if (!rows) return rows.error();
  const std::int64_t excess = rows->value_or(0) - max_rows;
  if (excess <= 0) return false;
  auto last = db.scalar("SELECT max(id) FROM (SELECT id FROM request_log ORDER BY id LIMIT ?)",
                        std::min(excess, limit));
  if (!last) return last.error();
  if (auto deleted = delete_requests(db, last->value_or(0)); !deleted) return deleted.error();
  return excess > limit;
}

/// Routing records are the bulk of a row, and hardly anybody asks for old ones.
Result<bool> prune_explains(Db& db, std::int64_t keep, std::int64_t limit) {
  auto status = db.run(
      "DELETE FROM explain_record WHERE log_id IN (SELECT log_id FROM explain_record WHERE log_id "
      "<= "
      "(SELECT max(id) FROM request_log) - ? ORDER BY log_id LIMIT ?)",
      keep, limit);
  if (!status) return status.error();
  return db.changes() >= limit;
}

Result<bool> prune_cells(Db& db, WallTime now, std::int64_t limit) {
  bool is_more = false;
  for (const auto& [span, keep] :
       {std::pair{Span::minute, kMinuteCellsMs}, std::pair{Span::hour, kHourCellsMs}}) {
    // A key range of the primary key; WITHOUT ROWID tables have no DELETE … LIMIT.
    auto last = db.scalar(
        "SELECT max(start) FROM (SELECT start FROM rollup WHERE span = ? AND start < ? "
        "ORDER BY start LIMIT ?)",
        static_cast<std::int64_t>(span), to_ms(now) - keep, limit);
    if (!last) return last.error();
    if (!*last) continue;
    auto status = db.run("DELETE FROM rollup WHERE span = ? AND start <= ?",
                         static_cast<std::int64_t>(span), **last);
    if (!status) return status.error();
    is_more = is_more || db.changes() >= limit;
    // One row per bucket: never many at a time.
    auto all = db.run("DELETE FROM rollup_all WHERE span = ? AND start <= ?",
                      static_cast<std::int64_t>(span), **last);
    if (!all) return all.error();
  }
  auto status = db.run("DELETE FROM failure_cell WHERE span = ? AND start < ?",
                       static_cast<std::int64_t>(Span::hour), to_ms(now) - kHourCellsMs);
  if (!status) return status.error();
  return is_more;
}

}  // namespace

Result<bool> prune(Db& db, const Retention& retention, WallTime now, std::int64_t limit) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  bool is_more = false;
  const auto note = [&](Result<bool> step) -> Status {
    if (!step) return step.error();
    is_more = is_more || *step;
    return {};
  };
  if (auto status = note(prune_by_age(db, now - retention.request_log, limit)); !status)
    return status.error();
  if (retention.max_rows) {
    if (auto status = note(prune_by_count(db, *retention.max_rows, limit)); !status)
      return status.error();
  }
  if (auto status = note(prune_explains(db, retention.explain_rows, limit)); !status)
    return status.error();
  if (auto status = note(prune_cells(db, now, limit)); !status) return status.error();
  if (auto status = note(compact_journal(db, now, limit)); !status) return status.error();
  if (auto status = forget_old_notes(db, now); !status) return status.error();
  if (auto status = transaction->commit(); !status) return status.error();
  return is_more;
}

}  // namespace freellm::store
