#include "core/limits.hpp"

#include <algorithm>
#include <ctime>

namespace simulator {
namespace {

constexpr WallMs kMinute = 60'000;
constexpr WallMs kHour = 60 * kMinute;
constexpr WallMs kDay = 24 * kHour;

WallMs to_ms(std::tm civil) { return static_cast<WallMs>(timegm(&civil)) * 1000; }

std::tm civil_of(WallMs now) {
  const auto seconds = static_cast<std::time_t>(now / 1000);
  std::tm civil{};
  gmtime_r(&seconds, &civil);
  return civil;
}

WallMs month_start(WallMs now, int months_ahead) {
  auto civil = civil_of(now);
  civil.tm_mday = 1;
  civil.tm_mon += months_ahead;
  civil.tm_hour = civil.tm_min = civil.tm_sec = 0;
  return to_ms(civil);
}

/// Day of the month of the n-th Sunday (n from 1).
int nth_sunday(int year, int month, int n) {
  std::tm civil{};
  civil.tm_year = year;
  civil.tm_mon = month;
  civil.tm_mday = 1;
  const auto first = civil_of(to_ms(civil)).tm_wday;
  return 1 + (7 - first) % 7 + 7 * (n - 1);
}

/// Hours west of UTC in Los Angeles: 7 from the second Sunday of March, 10:00 UTC, to the first of
/// November, 09:00 UTC; else 8 (Energy Policy Act of 2005).
WallMs pacific_offset(WallMs now) {
  const auto year = civil_of(now).tm_year;
  std::tm start{};
  start.tm_year = year;
  start.tm_mon = 2;
  start.tm_mday = nth_sunday(year, 2, 2);
  start.tm_hour = 10;
  std::tm end = start;
  end.tm_mon = 10;
  end.tm_mday = nth_sunday(year, 10, 1);
  end.tm_hour = 9;
  return now >= to_ms(start) && now < to_ms(end) ? 7 * kHour : 8 * kHour;
}

/// Uses at or before this instant no longer count.
WallMs window_floor(const LimitRule& rule, WallMs now) {
  switch (rule.window) {
    case Window::minute:
      return now - kMinute;
    case Window::hour:
      return now - kHour;
    case Window::month:
      return month_start(now, 0) - 1;
    case Window::day:
      break;
  }
  return rule.day_start == DayStart::rolling ? now - kDay
                                             : next_midnight(now, rule.day_start) - kDay - 1;
}

WallMs freed_at(const LimitRule& rule, WallMs used_at, WallMs now) {
  switch (rule.window) {
    case Window::minute:
      return used_at + kMinute;
    case Window::hour:
      return used_at + kHour;
    case Window::month:
      return month_start(now, 1);
    case Window::day:
      break;
  }
  return rule.day_start == DayStart::rolling ? used_at + kDay : next_midnight(now, rule.day_start);
}

std::string pool_key(const LimitRule& rule, const Caller& caller) {
  switch (rule.pool) {
    case Pool::platform:
      return "*";
    case Pool::key:
      return caller.key;
    case Pool::key_and_model:
      break;
  }
  return caller.key + "\n" + caller.model;
}

}  // namespace

WallMs next_midnight(WallMs now, DayStart where) {
  if (where != DayStart::pacific) return (now / kDay + 1) * kDay;
  const auto local = now - pacific_offset(now);
  const auto local_midnight = (local / kDay + 1) * kDay;
  // The offset that holds at midnight, which differs from today's on two days of the year.
  return local_midnight + pacific_offset(local_midnight + pacific_offset(now));
}

void Limits::clear() {
  rules_.clear();
  uses_.clear();
}

void Limits::clear_counters() { uses_.clear(); }

bool Limits::applies(const LimitRule& rule, const Caller& caller) const {
  return rule.platform == caller.platform && (rule.model.empty() || rule.model == caller.model) &&
         (rule.key_tail.empty() || caller.key.ends_with(rule.key_tail));
}

Limits::Uses& Limits::uses_of(std::size_t rule, const Caller& caller) {
  return uses_[{rule, pool_key(rules_[rule], caller)}];
}

Standing Limits::stand(std::size_t index, const Caller& caller, std::int64_t amount, WallMs now) {
  const auto& rule = rules_[index];
  auto& uses = uses_of(index, caller);
  Standing standing{rule, 0, amount, 0};
  if (rule.metric == Metric::concurrency) {
    standing.used = static_cast<std::int64_t>(uses.size());
    return standing;
  }
  const auto floor = window_floor(rule, now);
  while (!uses.empty() && uses.front().at <= floor) uses.pop_front();
  for (const auto& use : uses) standing.used += use.amount;
  auto excess = standing.used + amount - rule.count;
  for (const auto& use : uses) {
    if (excess <= 0) break;
    excess -= use.amount;
    standing.wait_ms = freed_at(rule, use.at, now) - now;
  }
  return standing;
}

Booking Limits::admit(const Caller& caller, std::int64_t tokens, WallMs now) {
  const auto amount_of = [tokens](const LimitRule& rule) {
    return rule.metric == Metric::tokens ? tokens : 1;
  };
  std::vector<std::size_t> involved;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!applies(rules_[i], caller)) continue;
    auto standing = stand(i, caller, amount_of(rules_[i]), now);
    if (standing.used + standing.requested > rules_[i].count) return {0, std::move(standing)};
    involved.push_back(i);
  }
  const auto booking = ++last_booking_;
  for (const auto i : involved) uses_of(i, caller).push_back({booking, now, amount_of(rules_[i])});
  return {booking, std::nullopt};
}

void Limits::settle(std::uint64_t booking, std::int64_t tokens) {
  for (auto& [where, uses] : uses_) {
    const auto& rule = rules_[where.first];
    const auto at = std::find_if(uses.begin(), uses.end(),
                                 [booking](const Use& use) { return use.booking == booking; });
    if (at == uses.end()) continue;
    if (rule.metric == Metric::concurrency) uses.erase(at);
    if (rule.metric == Metric::tokens) at->amount = tokens;
  }
}

std::vector<Standing> Limits::standings(const Caller& caller, WallMs now) {
  std::vector<Standing> all;
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (applies(rules_[i], caller)) all.push_back(stand(i, caller, 1, now));
  return all;
}

}  // namespace simulator
