#include "quota_journal.hpp"

#include "freellm/store/usage_log.hpp"

namespace freellm::app {
namespace {

store::RouteIds ids_of(const routing::Candidate& candidate) {
  return {candidate.platform, candidate.model, candidate.key};
}

}  // namespace

void QuotaJournal::on_booking(const routing::BookingEntry& entry) {
  writer_.journal({.id = entry.lease,
                   .route = ids_of(entry.candidate),
                   .at = entry.arrives,
                   .state = store::BookingState::open,
                   .requests = entry.requests,
                   .tokens = entry.tokens});
}

void QuotaJournal::on_settlement(const routing::SettlementEntry& entry) {
  writer_.journal(
      {.id = entry.lease,
       .route = ids_of(entry.candidate),
       .at = entry.arrives,
       .state = entry.requests == 0 ? store::BookingState::refunded : store::BookingState::settled,
       .requests = entry.requests,
       .tokens = entry.tokens});
}

void QuotaJournal::on_cooldown(const routing::CooldownEntry& entry) {
  writer_.note(store::StoredCooldown{.scope = entry.scope,
                                     .route = ids_of(entry.candidate),
                                     .cause = entry.cause,
                                     .stated = entry.stated,
                                     .since = entry.since,
                                     .until = entry.until,
                                     .quota_strikes = entry.quota_strikes,
                                     .fault_strikes = entry.fault_strikes,
                                     .message = entry.message});
  if (live_ == nullptr || !live_->watched()) return;
  proxy::QuotaNews news{.route = ids_of(entry.candidate)};
  if (entry.until > entry.since) news.until = entry.until;
  live_->publish(news);
}

void QuotaJournal::on_learned(const routing::LearnedEntry& entry) {
  writer_.note(store::StoredLimit{.scope = entry.scope,
                                  .route = ids_of(entry.candidate),
                                  .metric = entry.metric,
                                  .window = entry.window,
                                  .count = entry.count,
                                  .at = entry.at});
  if (live_ == nullptr || !live_->watched()) return;
  live_->publish(proxy::QuotaNews{.learned = true, .route = ids_of(entry.candidate)});
}

void QuotaJournal::on_penalty(const routing::PenaltyEntry& entry) {
  writer_.note(store::StoredPenalty{
      .route = ids_of(entry.candidate), .points = entry.points, .hit = entry.hit});
}

namespace {

routing::Candidate candidate_of(const store::RouteIds& route) {
  return {route.platform, route.model, route.key};
}

void add_notes(routing::JournalReplay& replay, store::RoutingNotes notes) {
  for (auto& note : notes.cooldowns) {
    replay.cooldowns.push_back({.scope = note.scope,
                                .candidate = candidate_of(note.route),
                                .cause = note.cause,
                                .stated = note.stated,
                                .since = note.since,
                                .until = note.until,
                                .quota_strikes = note.quota_strikes,
                                .fault_strikes = note.fault_strikes,
                                .message = std::move(note.message)});
  }
  for (const auto& note : notes.limits) {
    replay.learned.push_back({.scope = note.scope,
                              .candidate = candidate_of(note.route),
                              .metric = note.metric,
                              .window = note.window,
                              .count = note.count,
                              .at = note.at});
  }
  for (const auto& note : notes.penalties) {
    replay.penalties.push_back(
        {.candidate = candidate_of(note.route), .points = note.points, .hit = note.hit});
  }
}

}  // namespace

Result<routing::JournalReplay> read_journal(store::Store& store, Now now) {
  auto db = store.connect_read_only();
  if (!db) return db.error();
  auto bookings = store::load_bookings(*db, now.wall);
  if (!bookings) return bookings.error();
  routing::JournalReplay replay;
  replay.settlements.reserve(bookings->size());
  for (const auto& booking : *bookings) {
    replay.settlements.push_back(
        {.lease = booking.id,
         .candidate = {booking.route.platform, booking.route.model, booking.route.key},
         .arrives = booking.at,
         .requests = booking.requests,
         .tokens = booking.tokens});
  }
  auto notes = store::load_notes(*db, now.wall);
  if (!notes) return notes.error();
  add_notes(replay, *std::move(notes));
  return replay;
}

}  // namespace freellm::app
