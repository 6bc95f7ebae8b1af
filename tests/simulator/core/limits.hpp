#pragma once
// The platforms' own quota keeping: what the daemon tries never to run into. Counts every chat
// request, admits or refuses it, and reports what is left. Time is a parameter. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/prompt.hpp"

namespace simulator {

using WallMs = std::int64_t;  ///< unix milliseconds on the simulator's quota clock

enum class Metric { requests, tokens, concurrency };
enum class Window { minute, hour, day, month };
/// Whose requests are counted together.
enum class Pool { key_and_model, key, platform };
/// When a day starts over.
enum class DayStart { rolling, utc, pacific };

struct LimitRule {
  std::string platform;  ///< prefix
  std::string model;     ///< "" = each model
  std::string key_tail;  ///< "" = each key
  Metric metric = Metric::requests;
  Window window = Window::minute;
  std::int64_t count = 0;
  Pool pool = Pool::key_and_model;
  DayStart day_start = DayStart::rolling;
};

/// How one rule stands for one caller.
struct Standing {
  LimitRule rule;
  std::int64_t used = 0;
  std::int64_t requested = 0;
  std::int64_t wait_ms = 0;  ///< until one more request, or the refused one, would fit

  [[nodiscard]] std::int64_t remaining() const {
    return std::max<std::int64_t>(0, rule.count - used);
  }
};

struct Caller {
  std::string platform;
  std::string model;
  std::string key;
};

struct Booking {
  std::uint64_t id = 0;
  std::optional<Standing> refused_by;
};

class Limits {
 public:
  void add(LimitRule rule) { rules_.push_back(std::move(rule)); }
  void clear();
  void clear_counters();

  /// Books one request of `tokens`. A refused request books nothing.
  Booking admit(const Caller& caller, std::int64_t tokens, WallMs now);
  /// The request has ended: its place is free, its real tokens replace the estimate.
  void settle(std::uint64_t booking, std::int64_t tokens);
  [[nodiscard]] std::vector<Standing> standings(const Caller& caller, WallMs now);

  [[nodiscard]] Json to_json() const;

 private:
  struct Use {
    std::uint64_t booking;
    WallMs at;
    std::int64_t amount;
  };
  using Uses = std::deque<Use>;

  [[nodiscard]] bool applies(const LimitRule& rule, const Caller& caller) const;
  Uses& uses_of(std::size_t rule, const Caller& caller);
  Standing stand(std::size_t rule, const Caller& caller, std::int64_t amount, WallMs now);

  std::vector<LimitRule> rules_;
  std::map<std::pair<std::size_t, std::string>, Uses> uses_;
  std::uint64_t last_booking_ = 0;
};

/// Throws std::invalid_argument or Json::exception: {"platform", "model"?, "key"?, "pool"?, "day"?,
/// "rpm"?, "rph"?, "rpd"?, "rpmonth"?, "tpm"?, "tpd"?, "tpmonth"?, "concurrency"?}
[[nodiscard]] std::vector<LimitRule> parse_limit_rules(const Json& spec);
/// What the free tiers gave in 2026-11, for a demo that feels real.
[[nodiscard]] std::vector<LimitRule> free_tier_rules();

/// First instant of the day after `now`, in UTC or in Los Angeles.
[[nodiscard]] WallMs next_midnight(WallMs now, DayStart where);

}  // namespace simulator
