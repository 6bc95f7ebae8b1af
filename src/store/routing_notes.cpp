// Cooldowns, learned limits and penalties: written behind like the quota journal, read at start.
#include <algorithm>
#include <array>

#include "freellm/store/usage_log.hpp"
#include "retention.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

constexpr std::int64_t kLearnedMs = 31 * kDayMs;
constexpr std::int64_t kPenaltyMs = kDayMs;
constexpr std::size_t kMaxMessage = 200;

constexpr std::array kScopes{chat::Scope::model_key, chat::Scope::model, chat::Scope::key,
                             chat::Scope::platform};
constexpr std::array<std::string_view, 4> kMetrics{"requests", "tokens", "concurrency", "neurons"};
constexpr std::array<std::string_view, 5> kWindows{"second", "minute", "hour", "day", "month"};

/// The place of `name` among `names`; nullopt for what another version may have written.
template <class Names>
std::optional<std::size_t> place_of(const Names& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::optional<chat::Scope> parse_scope(std::string_view name) {
  for (const auto scope : kScopes) {
    if (chat::to_string(scope) == name) return scope;
  }
  return std::nullopt;
}

std::optional<chat::FailureClass> parse_failure(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(chat::FailureClass::client_gone); ++i) {
    const auto failure = static_cast<chat::FailureClass>(i);
    if (chat::to_string(failure) == name) return failure;
  }
  return std::nullopt;
}

RouteIds read_route(const Statement& row, int first) {
  return {PlatformId{static_cast<std::int32_t>(row.integer(first))},
          ModelId{static_cast<std::int32_t>(row.integer(first + 1))},
          KeyId{row.integer(first + 2)}};
}

Status write(Db& db, const StoredCooldown& note) {
  const auto& [platform, model, key] = note.route;
  if (note.until <= note.since) {
    return db.run(
        "DELETE FROM cooldown WHERE scope = ? AND platform_id = ? AND model_id = ? AND key_id = ?",
        chat::to_string(note.scope), platform.value, model.value, key.value);
  }
  return db.run("INSERT OR REPLACE INTO cooldown VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                chat::to_string(note.scope), platform.value, model.value, key.value,
                chat::to_string(note.cause), note.stated, to_ms(note.since), to_ms(note.until),
                note.quota_strikes, note.fault_strikes,
                std::string_view{note.message}.substr(0, kMaxMessage));
}

Status write(Db& db, const StoredLimit& note) {
  const auto& [platform, model, key] = note.route;
  const auto metric = kMetrics[static_cast<std::size_t>(note.metric)];
  const auto window = kWindows[static_cast<std::size_t>(note.window)];
  if (note.count < 0) {
    return db.run(
        "DELETE FROM learned_limit WHERE scope = ? AND platform_id = ? AND model_id = ? AND "
        "key_id = ? AND metric = ? AND window = ?",
        chat::to_string(note.scope), platform.value, model.value, key.value, metric, window);
  }
  return db.run("INSERT OR REPLACE INTO learned_limit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                chat::to_string(note.scope), platform.value, model.value, key.value, metric, window,
                note.count, to_ms(note.at));
}

Status write(Db& db, const StoredPenalty& note) {
  const auto& [platform, model, key] = note.route;
  if (note.points <= 0) {
    return db.run("DELETE FROM penalty WHERE platform_id = ? AND model_id = ?", platform.value,
                  model.value);
  }
  return db.run("INSERT OR REPLACE INTO penalty VALUES (?, ?, ?, ?)", platform.value, model.value,
                note.points, to_ms(note.hit));
}

/// Calls `take(row)` for every row of a query with one parameter.
template <class Take>
Status for_each_row(Db& db, std::string_view sql, std::int64_t parameter, const Take& take) {
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  rows->bind(parameter);
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    take(*rows);
  }
}

Status load_cooldowns(Db& db, WallTime now, RoutingNotes& out) {
  return for_each_row(
      db,
      "SELECT scope, platform_id, model_id, key_id, cause, stated, since, until, quota_strikes, "
      "fault_strikes, message FROM cooldown WHERE until > ?",
      to_ms(now), [&](const Statement& row) {
        const auto scope = parse_scope(row.text(0));
        const auto cause = parse_failure(row.text(4));
        if (!scope || !cause) return;
        out.cooldowns.push_back({.scope = *scope,
                                 .route = read_route(row, 1),
                                 .cause = *cause,
                                 .stated = row.integer(5) != 0,
                                 .since = from_ms(row.integer(6)),
                                 .until = from_ms(row.integer(7)),
                                 .quota_strikes = static_cast<int>(row.integer(8)),
                                 .fault_strikes = static_cast<int>(row.integer(9)),
                                 .message = std::string{row.text(10)}});
      });
}

Status load_limits(Db& db, WallTime now, RoutingNotes& out) {
  return for_each_row(
      db,
      "SELECT scope, platform_id, model_id, key_id, metric, window, count, at FROM learned_limit "
      "WHERE at > ?",
      to_ms(now) - kLearnedMs, [&](const Statement& row) {
        const auto scope = parse_scope(row.text(0));
        const auto metric = place_of(kMetrics, row.text(4));
        const auto window = place_of(kWindows, row.text(5));
        if (!scope || !metric || !window) return;
        out.limits.push_back({.scope = *scope,
                              .route = read_route(row, 1),
                              .metric = static_cast<chat::LimitMetric>(*metric),
                              .window = static_cast<chat::LimitWindow>(*window),
                              .count = row.integer(6),
                              .at = from_ms(row.integer(7))});
      });
}

Status load_penalties(Db& db, WallTime now, RoutingNotes& out) {
  return for_each_row(db, "SELECT platform_id, model_id, 0, points, hit FROM penalty WHERE hit > ?",
                      to_ms(now) - kPenaltyMs, [&](const Statement& row) {
                        out.penalties.push_back({.route = read_route(row, 0),
                                                 .points = static_cast<int>(row.integer(3)),
                                                 .hit = from_ms(row.integer(4))});
                      });
}

}  // namespace

Status write_notes(Db& db, std::span<const RoutingNote> notes) {
  for (const auto& note : notes) {
    const auto status = std::visit([&db](const auto& one) { return write(db, one); }, note);
    if (!status) return status;
  }
  return {};
}

Result<RoutingNotes> load_notes(Db& db, WallTime now) {
  RoutingNotes notes;
  for (const auto load : {load_cooldowns, load_limits, load_penalties}) {
    if (auto status = load(db, now, notes); !status) return status.error();
  }
  return notes;
}

Status forget_old_notes(Db& db, WallTime now) {
  const std::int64_t now_ms = to_ms(now);
  if (auto status = db.run("DELETE FROM cooldown WHERE until < ?", now_ms); !status) return status;
  if (auto status = db.run("DELETE FROM learned_limit WHERE at < ?", now_ms - kLearnedMs); !status)
    return status;
  return db.run("DELETE FROM penalty WHERE hit < ?", now_ms - kPenaltyMs);
}

}  // namespace freellm::store
