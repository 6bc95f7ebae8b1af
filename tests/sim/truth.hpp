#pragma once
// What the simulated platforms really count, kept by exact instants and by nobody's leave: the
// router's ledger is judged against it. Shares no code with the ledger.

#include <cstdint>
#include <deque>
#include <map>
#include <tuple>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/route_table.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::sim {

using routing::Candidate;

/// One limit as its platform enforces it.
class TrueCounter {
 public:
  explicit TrueCounter(const catalog::Limit& limit) : limit_(limit) {}

  /// What is used at `at` (true time) of a window that begins `pad` earlier than the real one.
  [[nodiscard]] std::int64_t used(Now at, SteadyTime::duration pad = {}) const;
  void add(Now at, std::int64_t amount);
  void start() { ++running_; }
  void finish() { --running_; }
  /// Earliest instant at which `amount` more fits, if nothing else arrives; max() = never.
  [[nodiscard]] SteadyTime fits_at(Now at, std::int64_t amount) const;
  [[nodiscard]] const catalog::Limit& limit() const { return limit_; }
  [[nodiscard]] std::int64_t running() const { return running_; }

 private:
  struct Entry {
    Now at;
    std::int64_t amount;
  };
  [[nodiscard]] SteadyTime::duration length() const;
  [[nodiscard]] bool is_calendar() const;
  void forget(Now at);

  catalog::Limit limit_;
  std::deque<Entry> entries_;
  std::int64_t running_ = 0;
};

/// All counters of a world. `charges` are what a request costs in each.
class Truth {
 public:
  explicit Truth(const catalog::RouteTable& table);

  /// Every counter a request through the candidate touches.
  [[nodiscard]] const std::vector<TrueCounter*>& counters(const Candidate& candidate) const;
  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }

 private:
  using Key = std::tuple<int, int, int, int, int, int, std::int64_t>;
  std::map<Key, TrueCounter> counters_;
  std::map<Candidate, std::vector<TrueCounter*>> by_candidate_;
  std::vector<Candidate> candidates_;
};

/// What one request takes from a counter of that metric.
[[nodiscard]] std::int64_t amount_in(const catalog::Limit& limit, std::int64_t requests,
                                     std::int64_t tokens);

}  // namespace freellm::sim
