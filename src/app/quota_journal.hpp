#pragma once
// Carries what the router must remember into the store's write-behind queue, and back at start.

#include "freellm/proxy/live_feed.hpp"
#include "freellm/routing/journal.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {

/// Thread-safe: the writer's queue is.
class QuotaJournal final : public routing::LedgerJournal {
 public:
  explicit QuotaJournal(store::Writer& writer) : writer_(writer) {}
  /// Tells `live` of cooldowns and learned limits too. Before the first request only.
  void tell(const proxy::LiveFeed& live) { live_ = &live; }
  void on_booking(const routing::BookingEntry& entry) override;
  void on_settlement(const routing::SettlementEntry& entry) override;
  void on_cooldown(const routing::CooldownEntry& entry) override;
  void on_learned(const routing::LearnedEntry& entry) override;
  void on_penalty(const routing::PenaltyEntry& entry) override;

 private:
  store::Writer& writer_;
  const proxy::LiveFeed* live_ = nullptr;
};

/// What the store kept, in the router's terms.
[[nodiscard]] Result<routing::JournalReplay> read_journal(store::Store& store, Now now);

}  // namespace freellm::app
