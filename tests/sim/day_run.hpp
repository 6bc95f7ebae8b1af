#pragma once
// The event loop of a simulated day, shared by the part that makes things happen (day.cpp) and the
// part that judges them (day_judge.cpp).

#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "freellm/base/random.hpp"
#include "freellm/routing/router.hpp"
#include "sim/day.hpp"
#include "sim/day_world.hpp"
#include "sim/truth.hpp"
#include "unit/routing/kit.hpp"

namespace freellm::sim {

using Span = SteadyTime::duration;

class Day {
 public:
  explicit Day(std::uint64_t seed);
  Report run();

 private:
  enum class What {
    client,
    send,
    reach,
    answer,
    wake,
    leave,
    kill,
    set_clock_back,
    set_clock_right
  };
  struct Event {
    Span at;
    std::uint64_t order;
    What what;
    int request;
    int generation;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  /// How the platform deals with the attempt; decided when it arrives.
  struct Answer {
    std::optional<chat::UpstreamFailure> failure;  ///< none = served
    std::int64_t true_tokens = 0;
  };
  struct Request {
    std::string selector;
    std::int64_t prompt = 0, output = 0, actual = 0;
    bool malformed = false;
    Millis max_wait{0};
    Span began{};
    std::optional<routing::AttemptPlanner> planner;
    int generation = 0;  ///< events of an earlier one are void
    bool is_active = false, is_sent = false, has_reached = false, is_running = false,
         is_waiting = false;
    bool after_lull = false;
    Candidate candidate;
    Answer answer;
    int attempts = 0;
    std::vector<std::pair<Candidate, chat::FailureClass>> failures;

    [[nodiscard]] std::int64_t need() const { return prompt + output; }
  };
  struct Lane {
    std::deque<SteadyTime> accepted;  ///< within the last minute, for the hidden limit
    SteadyTime stated_until = SteadyTime::min();
    SteadyTime trouble_until = SteadyTime::min();
  };

  // day.cpp: what happens
  void plan_day();
  void plan_burst(Span at);
  void plan_clock_steps(Span midnight);
  void schedule(Span at, What what, int request = -1, int generation = 0);
  void handle(const Event& event);
  void on_client(Request& request);
  void proceed(Request& request);
  void begin_attempt(Request& request, const routing::Attempt& attempt);
  void on_send(Request& request);
  void on_reach(Request& request);
  void on_answer(Request& request);
  void on_leave(Request& request);
  void on_kill();
  void arrive_orphaned(const Request& request);
  [[nodiscard]] Answer decide(Request& request);
  [[nodiscard]] std::optional<chat::UpstreamFailure> hidden_refusal(const Request& request);
  void end_at_platform(Request& request);
  void drop(Request& request);
  [[nodiscard]] int index_of(const Request& request) const {
    return static_cast<int>(&request - requests_.data());
  }
  [[nodiscard]] routing::RequestFacts facts_of(const Request& request) const;

  // day_judge.cpp: what is right
  void breach(Invariant invariant, const std::string& what);
  void judge_arrival(const Request& request);
  void judge_refusal(const Request& request, const Error& error);
  void judge_retry_after(const Request& request, const Error& error);
  void judge_first_choice(const Request& request, const routing::Attempt& attempt);
  [[nodiscard]] bool is_selected(const Request& request, const Candidate& candidate) const;
  [[nodiscard]] bool is_busy(const Request& request, const Candidate& candidate) const;
  [[nodiscard]] bool is_in_trouble(const Request& request, const Candidate& candidate) const;
  [[nodiscard]] std::int64_t ledger_at_most(const TrueCounter& counter) const;
  [[nodiscard]] bool is_quiet(const Request& request) const;
  [[nodiscard]] bool is_exact(const Request& request, const Candidate& candidate) const;

  // Both clocks. The truth is what the platforms live by; the process's wall clock may lag behind
  // it.
  [[nodiscard]] Now truth_now() const { return {kSteady + at_, kWall + at_}; }
  [[nodiscard]] Now process_now() const { return {kSteady + at_, kWall + at_ - lag_}; }
  [[nodiscard]] Span random_span(Span low, Span high) {
    return low + Span{static_cast<std::int64_t>(
                     random_.below(static_cast<std::uint64_t>((high - low).count()) + 1))};
  }
  [[nodiscard]] bool chance(double probability) { return random_.uniform01() < probability; }

  static constexpr SteadyTime kSteady{std::chrono::hours{1000}};
  // Six hours before the Pacific spring change of 2026, so that most days hold a short or odd
  // midnight.
  static constexpr WallTime kWall =
      std::chrono::sys_days{std::chrono::year{2026} / 3 / 8} + std::chrono::hours{4};

  SeededRandom random_;
  DayWorld world_;
  Truth truth_;
  std::map<const TrueCounter*, TrueCounter>
      phantoms_;  ///< what the ledger rightly counts beyond the truth
  routing::testing::Memory journal_;
  std::optional<routing::Router> router_;
  std::shared_ptr<const routing::RouteIndex> index_;
  std::priority_queue<Event> events_;
  std::uint64_t next_order_ = 0;
  std::vector<Request> requests_;
  std::set<int> open_;  ///< requests under way
  std::map<Candidate, Lane> lanes_;
  Span at_{};
  Span lag_{};
  bool clock_was_set_ = false;
  bool was_confused_ = false;
  Span last_event_{};
  Span last_failure_{};
  Report report_;
};

}  // namespace freellm::sim
