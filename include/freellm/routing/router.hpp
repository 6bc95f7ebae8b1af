#pragma once
// Router: decides who serves a request, keeps every quota, and remembers what happened.
//
// Thread-safe, one per process. State is striped by platform (every limit, cooldown and penalty of
// a candidate lives under its platform's mutex), so check and booking of all dimensions are one
// step; critical sections are a few array operations and never call out. Pure over values: it never
// asks a clock.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/route_table.hpp"
#include "freellm/routing/facts.hpp"
#include "freellm/routing/journal.hpp"
#include "freellm/routing/options.hpp"
#include "freellm/routing/planner.hpp"
#include "freellm/routing/snapshot.hpp"

namespace freellm::routing {

class RouteIndex;
namespace detail {
struct RouterState;
}

class Router {
 public:
  /// `journal` may be null (nothing survives) and must outlive the router. `started` makes lease
  /// ids unique across restarts.
  explicit Router(LedgerJournal* journal, Now started);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  /// Prepares a snapshot for routing: call once per reload, give the result to the workers instead
  /// of the table. Counters, cooldowns and penalties carry over by id. Costs milliseconds.
  [[nodiscard]] std::shared_ptr<const RouteIndex> attach(
      std::shared_ptr<const catalog::RouteTable> table, const RoutingOptions& options);

  /// Restores what the journal kept. Call after the first attach(), before the first begin().
  void replay(const JournalReplay& journal, Now now);

  [[nodiscard]] AttemptPlanner begin(std::shared_ptr<const RouteIndex> index,
                                     const RequestFacts& facts, Now now);

  /// Earliest instant at which the candidate admits one request of `tokens`, in the local view: the
  /// verdict is `admitted` when that is now. Takes no booking.
  [[nodiscard]] Verdict next_available(const RouteIndex& index, const Candidate& candidate,
                                       std::int64_t tokens, Now now) const;
  [[nodiscard]] Availability availability(const RouteIndex& index, std::string_view selector,
                                          const chat::RequestNeeds& needs, Now now) const;

  [[nodiscard]] QuotaSnapshot snapshot(const RouteIndex& index, Now now) const;
  /// Forgets by hand; false when there is no such state. A `model` scope clears the penalty of that
  /// model, `platform` everything below the platform.
  bool clear(const ScopeId& target, ClearWhat what, Now now);
  /// Clears all cooldowns, penalties and learned limits.
  void clear_all(Now now);

 private:
  std::unique_ptr<detail::RouterState> state_;
};

/// The table inside an index.
[[nodiscard]] const catalog::RouteTable& table_of(const RouteIndex& index);
[[nodiscard]] std::shared_ptr<const catalog::RouteTable> shared_table_of(const RouteIndex& index);

}  // namespace freellm::routing
