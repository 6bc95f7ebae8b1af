#include "freellm/routing/usage_window.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

#include "freellm/routing/time_zone.hpp"
#include "mutation.hpp"

namespace freellm::routing {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// Stamps may lie this far ahead of now (RoutingOptions::dispatch_allowance is clamped below it).
constexpr nanoseconds kHorizon = 16s;

nanoseconds slot_length(nanoseconds window) {
  if (window <= 1s) return 50ms;
  if (window <= 1min) return 500ms;
  if (window <= 1h) return 30s;
  return 5min;
}

nanoseconds sliding_length(chat::LimitWindow window) {
  switch (window) {
    case chat::LimitWindow::second:
      return 1s;
    case chat::LimitWindow::minute:
      return 1min;
    case chat::LimitWindow::hour:
      return 1h;
    case chat::LimitWindow::day:
      return 24h;
    case chat::LimitWindow::month:
      return 24h * 31;
  }
  return 24h;
}

const TimeZone& zone_of(catalog::DayReset reset) {
  return reset == catalog::DayReset::pacific ? pacific_zone() : utc_zone();
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

SlidingUsage::SlidingUsage(nanoseconds window)
    : window_ns_(window.count()),
      slot_ns_(slot_length(window).count()),
      size_(
          std::bit_ceil(static_cast<std::size_t>((window_ns_ + kHorizon.count()) / slot_ns_ + 3))) {
}

std::int64_t SlidingUsage::slot_of(SteadyTime at) const {
  return floor_div(nanoseconds{at.time_since_epoch()}.count(), slot_ns_);
}

void SlidingUsage::allocate(SteadyTime now) {
  if (!ring_.empty()) return;
  ring_.assign(size_, 0);
  first_ = slot_of(now - nanoseconds{window_ns_});
  oldest_ = first_;
}

void SlidingUsage::advance(SteadyTime now) {
  const std::int64_t live = slot_of(now - nanoseconds{window_ns_});
  if (live <= first_) return;
  // Everything up to the last slot that can hold something; then the rest is known to be empty.
  for (std::int64_t slot = std::max(first_, oldest_); slot < live && total_ != 0; ++slot) {
    auto& units = ring_[static_cast<std::size_t>(slot) & (size_ - 1)];
    total_ -= units;
    units = 0;
  }
  first_ = live;
  oldest_ = std::max(oldest_, live);
}

std::int64_t SlidingUsage::used(SteadyTime now) {
  if (total_ == 0) return 0;
  advance(now);
  return total_;
}

void SlidingUsage::add(SteadyTime stamp, std::int64_t amount, SteadyTime now) {
  if (amount == 0) return;
  allocate(now);
  advance(now);
  if (total_ == 0) oldest_ = first_ + static_cast<std::int64_t>(size_);
  const std::int64_t slot = slot_of(stamp);
  if (slot < first_) return;
  assert(slot < first_ + static_cast<std::int64_t>(size_));
  ring_[static_cast<std::size_t>(slot) & (size_ - 1)] += amount;
  total_ += amount;
  oldest_ = std::min(oldest_, slot);
}

void SlidingUsage::remove(SteadyTime stamp, std::int64_t amount, SteadyTime now) {
  if (amount == 0 || ring_.empty()) return;
  advance(now);
  const std::int64_t slot = slot_of(stamp);
  if (slot < first_) return;
  ring_[static_cast<std::size_t>(slot) & (size_ - 1)] -= amount;
  total_ -= amount;
}

SteadyTime SlidingUsage::frees(std::int64_t units, SteadyTime now) {
  advance(now);
  if (units <= 0) return now;
  if (units > total_) return SteadyTime::max();
  std::int64_t left = units;
  const std::int64_t end = first_ + static_cast<std::int64_t>(size_);
  for (std::int64_t slot = oldest_; slot < end; ++slot) {
    const auto here = ring_[static_cast<std::size_t>(slot) & (size_ - 1)];
    if (here == 0 && slot == oldest_) ++oldest_;
    left -= here;
    if (left <= 0) return SteadyTime{nanoseconds{(slot + 1) * slot_ns_ + window_ns_}};
  }
  return SteadyTime::max();
}

void CalendarUsage::advance(WallTime now) {
  const bool stepped_back = MUTATED(new_day_on_backward_step) && now < start_;
  if (now < end_ && !stepped_back) return;
  const TimeZone& zone = zone_of(reset_);
  const bool monthly = window_ == chat::LimitWindow::month;
  const WallTime start = monthly ? zone.month_start(now) : zone.day_start(now);
  if (end_ != WallTime::min()) {
    const bool adjacent = start == end_;
    previous_start_ = start_;
    previous_ = current_ - next_;
    current_ = adjacent ? next_ : 0;
  }
  next_ = 0;
  start_ = start;
  end_ = monthly ? zone.next_month_start(now) : zone.next_day_start(now);
}

std::int64_t CalendarUsage::used(WallTime now) {
  advance(now);
  // The wall clock stepped back over the boundary: the provider may well still be in the old
  // period.
  return now < start_ ? current_ + previous_ : current_;
}

void CalendarUsage::add(WallTime stamp, std::int64_t amount, WallTime now) {
  advance(now);
  if (stamp < start_ && now >= start_) {
    if (stamp >= previous_start_) previous_ += amount;
    return;
  }
  current_ += amount;
  if (stamp >= end_) next_ += amount;
}

void CalendarUsage::remove(WallTime stamp, std::int64_t amount, WallTime now) {
  advance(now);
  if (stamp < start_ && now >= start_) {
    if (stamp >= previous_start_) previous_ = std::max<std::int64_t>(0, previous_ - amount);
    return;
  }
  current_ = std::max<std::int64_t>(0, current_ - amount);
  if (stamp >= end_) next_ = std::max<std::int64_t>(0, next_ - amount);
}

WallTime CalendarUsage::frees(std::int64_t units, WallTime now) {
  advance(now);
  if (units <= 0) return now;
  const std::int64_t old = now < start_ ? previous_ : 0;
  if (units <= old) return start_;
  if (units <= old + current_ - next_) return end_;
  if (units > old + current_) return WallTime::max();
  const TimeZone& zone = zone_of(reset_);
  return window_ == chat::LimitWindow::month ? zone.next_month_start(end_)
                                             : zone.next_day_start(end_);
}

WallTime CalendarUsage::period_end(WallTime now) {
  advance(now);
  return end_;
}

std::int64_t InFlightUsage::used(SteadyTime now) {
  while (!booked_.empty() && booked_.front() + max_age_ <= now) booked_.erase(booked_.begin());
  return static_cast<std::int64_t>(booked_.size());
}

void InFlightUsage::remove(SteadyTime booked) {
  const auto found = std::find(booked_.begin(), booked_.end(), booked);
  if (found != booked_.end()) booked_.erase(found);
}

SteadyTime InFlightUsage::oldest_gone() const {
  return booked_.empty() ? SteadyTime::max() : booked_.front() + max_age_;
}

UsageWindow::UsageWindow(chat::LimitMetric metric, chat::LimitWindow window,
                         catalog::DayReset reset, nanoseconds max_lease_age)
    : window_(window), usage_(SlidingUsage{sliding_length(window)}) {
  const bool calendar = window == chat::LimitWindow::month ||
                        (window == chat::LimitWindow::day && reset != catalog::DayReset::sliding);
  if (metric == chat::LimitMetric::concurrency) {
    usage_ = InFlightUsage{max_lease_age};
  } else if (calendar) {
    usage_ = CalendarUsage{window, reset};
  }
}

std::int64_t UsageWindow::used(Now now) {
  if (auto* sliding = std::get_if<SlidingUsage>(&usage_)) return sliding->used(now.steady);
  if (auto* calendar = std::get_if<CalendarUsage>(&usage_)) return calendar->used(now.wall);
  return std::get<InFlightUsage>(usage_).used(now.steady);
}

void UsageWindow::add(Now booked, Now stamp, std::int64_t amount, Now now) {
  if (auto* sliding = std::get_if<SlidingUsage>(&usage_))
    return sliding->add(stamp.steady, amount, now.steady);
  if (auto* calendar = std::get_if<CalendarUsage>(&usage_))
    return calendar->add(stamp.wall, amount, now.wall);
  std::get<InFlightUsage>(usage_).add(booked.steady);
}

void UsageWindow::remove(Now booked, Now stamp, std::int64_t amount, Now now) {
  if (auto* sliding = std::get_if<SlidingUsage>(&usage_)) {
    return sliding->remove(stamp.steady, amount, now.steady);
  }
  if (auto* calendar = std::get_if<CalendarUsage>(&usage_)) {
    return calendar->remove(stamp.wall, amount, now.wall);
  }
  std::get<InFlightUsage>(usage_).remove(booked.steady);
}

SteadyTime UsageWindow::frees(std::int64_t units, Now now) {
  if (units <= 0) return now.steady;
  if (auto* sliding = std::get_if<SlidingUsage>(&usage_)) return sliding->frees(units, now.steady);
  if (auto* calendar = std::get_if<CalendarUsage>(&usage_)) {
    const WallTime at = calendar->frees(units, now.wall);
    return at == WallTime::max() ? SteadyTime::max() : now.steady + (at - now.wall);
  }
  return SteadyTime::max();
}

nanoseconds UsageWindow::length() const { return sliding_length(window_); }

SteadyTime UsageWindow::resets_by(Now now) {
  if (auto* calendar = std::get_if<CalendarUsage>(&usage_)) {
    return now.steady + (calendar->period_end(now.wall) - now.wall);
  }
  return now.steady + sliding_length(window_);
}

}  // namespace freellm::routing
