#include "sim/truth.hpp"

#include <algorithm>

#include "freellm/routing/time_zone.hpp"

namespace freellm::sim {
namespace {

using namespace std::chrono_literals;
using catalog::DayReset;
using catalog::LimitMetric;
using catalog::LimitWindow;

WallTime day_start(DayReset reset, WallTime at) {
  return (reset == DayReset::pacific ? routing::pacific_zone() : routing::utc_zone()).day_start(at);
}

WallTime next_day_start(DayReset reset, WallTime at) {
  return (reset == DayReset::pacific ? routing::pacific_zone() : routing::utc_zone())
      .next_day_start(at);
}

}  // namespace

std::int64_t amount_in(const catalog::Limit& limit, std::int64_t requests, std::int64_t tokens) {
  return limit.metric == LimitMetric::tokens     ? tokens
         : limit.metric == LimitMetric::requests ? requests
                                                 : 0;
}

bool TrueCounter::is_calendar() const {
  return limit_.window == LimitWindow::day && limit_.reset != DayReset::sliding;
}

SteadyTime::duration TrueCounter::length() const {
  switch (limit_.window) {
    case LimitWindow::second:
      return 1s;
    case LimitWindow::minute:
      return 60s;
    case LimitWindow::hour:
      return 1h;
    default:
      return 24h;
  }
}

std::int64_t TrueCounter::used(Now at, SteadyTime::duration pad) const {
  const SteadyTime sliding = at.steady - length() - pad;
  const WallTime calendar = is_calendar() ? day_start(limit_.reset, at.wall) - pad : WallTime{};
  std::int64_t sum = 0;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    const bool counts = is_calendar() ? entry->at.wall >= calendar : entry->at.steady > sliding;
    if (!counts) break;
    sum += entry->amount;
  }
  return sum;
}

void TrueCounter::forget(Now at) {
  while (!entries_.empty() && entries_.front().at.steady < at.steady - length() - 1h)
    entries_.pop_front();
}

void TrueCounter::add(Now at, std::int64_t amount) {
  forget(at);
  if (amount > 0) entries_.push_back({at, amount});
}

SteadyTime TrueCounter::fits_at(Now at, std::int64_t amount) const {
  if (amount > limit_.count) return SteadyTime::max();
  std::int64_t over = used(at) + amount - limit_.count;
  if (over <= 0) return at.steady;
  if (is_calendar()) return at.steady + (next_day_start(limit_.reset, at.wall) - at.wall);
  for (const auto& entry : entries_) {
    if (entry.at.steady <= at.steady - length()) continue;
    over -= entry.amount;
    if (over <= 0) return entry.at.steady + length();
  }
  return SteadyTime::max();
}

Truth::Truth(const catalog::RouteTable& table) {
  for (const auto& model : table.models()) {
    for (const auto& key : table.keys(model.platform)) {
      const Candidate candidate{model.platform, model.id, key.id};
      candidates_.push_back(candidate);
      auto& mine = by_candidate_[candidate];
      const auto add = [&](const catalog::Limit& limit) {
        const bool by_model = limit.scope == catalog::Scope::model_key;
        const bool by_key = by_model || limit.scope == catalog::Scope::key;
        const Key id{model.platform.value,
                     by_model ? model.id.value : 0,
                     by_key ? static_cast<int>(key.id.value) : 0,
                     static_cast<int>(limit.metric),
                     static_cast<int>(limit.window),
                     static_cast<int>(limit.reset),
                     static_cast<std::int64_t>(limit.scope)};
        mine.push_back(&counters_.try_emplace(id, limit).first->second);
      };
      for (const auto& limit : model.limits) add(limit);
      for (const auto& limit : table.platform(model.platform)->limits) add(limit);
    }
  }
}

const std::vector<TrueCounter*>& Truth::counters(const Candidate& candidate) const {
  return by_candidate_.at(candidate);
}

}  // namespace freellm::sim
