#include "freellm/server/admin/throttle.hpp"

#include <algorithm>

namespace freellm::server::admin {
namespace {

/// 1 s after the first failure that is not free, then twice as long each time.
Millis delay_after(int failures, int free, Millis longest) {
  if (failures < free) return Millis{0};
  const int doublings = std::min(failures - free, 20);
  return std::min(Millis{1'000LL << doublings}, longest);
}

}  // namespace

std::optional<Millis> LoginThrottle::wait(std::string_view address, bool is_local,
                                          SteadyTime now) const {
  SteadyTime until = now;
  if (const auto found = by_address_.find(std::string{address}); found != by_address_.end()) {
    const auto& record = found->second;
    if (now - record.last < kForgetAfter) {
      until =
          std::max(until, record.last + delay_after(record.failures, kFreeFailures, kLongestWait));
    }
  }
  if (!is_local && now - all_.last < kForgetAfter) {
    until = std::max(until,
                     all_.last + delay_after(all_.failures, kFreeFailuresOfAll, kLongestWaitOfAll));
  }
  if (until <= now) return std::nullopt;
  return std::chrono::ceil<Millis>(until - now);
}

void LoginThrottle::failed(std::string_view address, SteadyTime now) {
  make_room(now);
  auto& record = by_address_[std::string{address}];
  if (now - record.last >= kForgetAfter) record.failures = 0;
  ++record.failures;
  record.last = now;
  if (now - all_.last >= kForgetAfter) all_.failures = 0;
  ++all_.failures;
  all_.last = now;
}

void LoginThrottle::succeeded(std::string_view address) { by_address_.erase(std::string{address}); }

void LoginThrottle::make_room(SteadyTime now) {
  if (by_address_.size() < kMaxAddresses) return;
  std::erase_if(by_address_,
                [&](const auto& item) { return now - item.second.last >= kForgetAfter; });
  if (by_address_.size() < kMaxAddresses) return;
  // Full of fresh failures: the one with the fewest goes; the count over all addresses still holds.
  by_address_.erase(std::min_element(
      by_address_.begin(), by_address_.end(),
      [](const auto& a, const auto& b) { return a.second.failures < b.second.failures; }));
}

}  // namespace freellm::server::admin
