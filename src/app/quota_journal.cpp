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
  if (live_ == nullptr || !live_->watched()) return;
  proxy::QuotaNews news{.route = ids_of(entry.candidate)};
  if (entry.until > entry.since) news.until = entry.until;
  live_->publish(news);
}

void QuotaJournal::on_learned(const routing::LearnedEntry& entry) {
  if (live_ == nullptr || !live_->watched()) return;
  live_->publish(proxy::QuotaNews{.learned = true, .route = ids_of(entry.candidate)});
}

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
  return replay;
}

}  // namespace freellm::app
