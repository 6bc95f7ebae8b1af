#include <algorithm>

#include "freellm/store/usage_log.hpp"
#include "retention.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

// Sliding days need 24 h one by one; a Pacific day can be 25 h long and start 8 h off UTC. Two days
// cover both.
constexpr std::int64_t kSingleMs = 2 * kDayMs;
// Calendar months of up to 31 days, and a day for time zones.
constexpr std::int64_t kSummedMs = 32 * kDayMs;

QuotaBooking read_booking(const Statement& row, BookingState state) {
  return {.id = row.integer(0),
          .route = {PlatformId{static_cast<std::int32_t>(row.integer(2))},
                    ModelId{static_cast<std::int32_t>(row.integer(3))}, KeyId{row.integer(4)}},
          .at = from_ms(row.integer(1)),
          .state = state,
          .requests = row.integer(5),
          .tokens = row.integer(6)};
}

Status append(Db& db, std::string_view sql, std::int64_t since, std::vector<QuotaBooking>& out) {
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  rows->bind(since);
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    const bool is_open = rows->integer(7) == static_cast<std::int64_t>(BookingState::open);
    out.push_back(read_booking(*rows, is_open ? BookingState::open : BookingState::settled));
  }
}

/// Most requests are over before their batch is written: only a booking's last state matters then.
/// In id order, which is also the order the table likes.
std::vector<const QuotaBooking*> last_states(std::span<const QuotaBooking> bookings) {
  std::vector<const QuotaBooking*> states;
  states.reserve(bookings.size());
  for (const auto& booking : bookings) states.push_back(&booking);
  std::stable_sort(states.begin(), states.end(),
                   [](const auto* a, const auto* b) { return a->id < b->id; });
  // The last of equal ids: unique() keeps the first, so go backwards.
  const auto kept = std::unique(states.rbegin(), states.rend(),
                                [](const auto* a, const auto* b) { return a->id == b->id; });
  states.erase(states.begin(), kept.base());
  return states;
}

}  // namespace

Status write_bookings(Db& db, std::span<const QuotaBooking> bookings) {
  if (bookings.empty()) return {};
  auto statement = db.prepare(
      "INSERT INTO quota_journal (id, at, platform_id, model_id, key_id, state, requests, tokens) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, "
      "platform_id = excluded.platform_id, model_id = excluded.model_id, key_id = excluded.key_id, "
      "state = excluded.state, requests = excluded.requests, tokens = excluded.tokens");
  if (!statement) return statement.error();
  for (const auto* booking : last_states(bookings)) {
    auto status =
        statement
            ->bind(booking->id, to_ms(booking->at), booking->route.platform.value,
                   booking->route.model.value, booking->route.key.value,
                   static_cast<std::int64_t>(booking->state), booking->requests, booking->tokens)
            .run();
    if (!status) return status;
  }
  return {};
}

Result<std::int64_t> next_booking_id(Db& db) {
  auto highest = db.scalar("SELECT max(id) FROM quota_journal");
  if (!highest) return highest.error();
  return highest->value_or(0) + 1;
}

Result<std::vector<QuotaBooking>> load_bookings(Db& db, WallTime now) {
  std::vector<QuotaBooking> bookings;
  const std::int64_t since = to_ms(now) - kSummedMs;
  if (auto status = append(db,
                           "SELECT -row_number() OVER (), day, platform_id, model_id, key_id, "
                           "requests, tokens, 1 FROM quota_day "
                           "WHERE day >= ? ORDER BY day",
                           since, bookings);
      !status) {
    return status.error();
  }
  // Everything the journal still holds counts, also what is only waiting to be summed up.
  if (auto status = append(db,
                           "SELECT id, at, platform_id, model_id, key_id, requests, tokens, state "
                           "FROM quota_journal "
                           "WHERE at >= ? AND state <> 2 ORDER BY at, id",
                           since, bookings);
      !status) {
    return status.error();
  }
  return bookings;
}

namespace {

/// Ids rise with time, so the oldest rows are the first ones; the newest stays whatever its age,
/// because next_booking_id() counts on from it. What is dated in the future was booked by a clock
/// that ran ahead: it is as old as what follows it.
Result<std::optional<std::int64_t>> last_old_booking(Db& db, WallTime now, std::int64_t limit) {
  auto proof = db.scalar(
      "SELECT max(id) FROM (SELECT id, at FROM quota_journal WHERE id < (SELECT max(id) FROM "
      "quota_journal) AND at <= ? ORDER BY id LIMIT ?) WHERE at < ?",
      to_ms(now) + kDayMs, limit, to_ms(now) - kSingleMs);
  if (!proof || !*proof) return proof;
  return db.scalar(
      "SELECT max(id) FROM (SELECT id FROM quota_journal WHERE id <= ? ORDER BY id LIMIT ?)",
      **proof, limit);
}

}  // namespace

Result<bool> compact_journal(Db& db, WallTime now, std::int64_t limit) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  const std::int64_t old = to_ms(now) - kSingleMs;
  const auto last = last_old_booking(db, now, limit);
  if (!last) return last.error();
  if (!*last) return false;
  if (auto status =
          db.run("INSERT INTO quota_day (day, platform_id, model_id, key_id, requests, tokens) "
                 "SELECT min(at, ?1) - min(at, ?1) % 86400000, platform_id, model_id, key_id, "
                 "sum(requests), sum(tokens) "
                 "FROM quota_journal WHERE id <= ?2 AND state <> 2 GROUP BY 1, 2, 3, 4 "
                 "ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, "
                 "tokens = tokens + excluded.tokens",
                 old, **last);
      !status) {
    return status.error();
  }
  if (auto status = db.run("DELETE FROM quota_journal WHERE id <= ?", **last); !status)
    return status.error();
  const bool is_more = db.changes() >= limit;
  if (auto status = db.run("DELETE FROM quota_day WHERE day < ?", to_ms(now) - kSummedMs);
      !status) {
    return status.error();
  }
  if (auto status = transaction->commit(); !status) return status.error();
  return is_more;
}

}  // namespace freellm::store
