#pragma once
// LedgerJournal: how bookings, cooldowns, penalties and learned limits survive a restart.
//
// The router calls it on the thread that routes, before next() returns: whatever has been
// journalled was journalled before the request could be sent. Cooldowns, penalties and learned
// limits replace what was noted before, so they are told under the platform's lock, in the order in
// which they came about; bookings and settlements outside it. Implementations must be quick (append
// to a buffer), thread-safe, and never call the router; the store writes behind, at most 100 ms
// later. Whoever sends waits until a journalled booking is in the database
// (Attempt::is_journalled), so that a crash never loses one the provider has seen.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing {

/// A request that was let through. `lease` is unique across restarts and increasing.
struct BookingEntry {
  std::int64_t lease = 0;
  Candidate candidate;
  WallTime arrives{};  ///< latest instant at which the provider may count it
  std::int64_t requests = 1;
  std::int64_t tokens = 0;  ///< estimate
};

/// What became of it; replaces the booking. requests = 0 when it never reached the provider.
struct SettlementEntry {
  std::int64_t lease = 0;
  Candidate candidate;
  WallTime arrives{};
  std::int64_t requests = 1;
  std::int64_t tokens = 0;
};

struct CooldownEntry {
  chat::Scope scope = chat::Scope::model_key;
  Candidate candidate;  ///< parts outside the scope are 0
  chat::FailureClass cause = chat::FailureClass::rate_limited;
  bool stated = false;
  WallTime since{};
  WallTime until{};  ///< <= since: cleared
  /// How far up the ladders of plan_cooldown() this scope is.
  int quota_strikes = 0;
  int fault_strikes = 0;
  std::string message;  ///< the provider's words, scrubbed
};

/// A model's penalty after a hit, a success or a clearing.
struct PenaltyEntry {
  Candidate candidate;  ///< key is 0
  int points = 0;       ///< 0: cleared
  WallTime hit{};       ///< decays from here
};

struct LearnedEntry {
  chat::Scope scope = chat::Scope::model_key;
  Candidate candidate;
  chat::LimitMetric metric = chat::LimitMetric::requests;
  chat::LimitWindow window = chat::LimitWindow::minute;
  std::int64_t count = 0;  ///< < 0: forgotten
  WallTime at{};
};

class LedgerJournal {
 public:
  virtual ~LedgerJournal() = default;
  virtual void on_booking(const BookingEntry& entry) = 0;
  virtual void on_settlement(const SettlementEntry& entry) = 0;
  virtual void on_cooldown(const CooldownEntry& entry) = 0;
  virtual void on_learned(const LearnedEntry& entry) = 0;
  virtual void on_penalty(const PenaltyEntry& entry) = 0;
};

/// What the store read back, any order. A settlement replaces the booking of the same lease; a
/// booking without one counts as used. Entries older than 31 days need not be given.
struct JournalReplay {
  std::vector<BookingEntry> bookings;
  std::vector<SettlementEntry> settlements;
  std::vector<CooldownEntry> cooldowns;
  std::vector<LearnedEntry> learned;
  std::vector<PenaltyEntry> penalties;
};

}  // namespace freellm::routing
