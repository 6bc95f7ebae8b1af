#pragma once
// LoginThrottle: slows down guessing, per address and over all addresses. Pure over values; not
// thread-safe (the admin thread owns it).
//
// The wait doubles with every failure beyond a few free ones. The count over all addresses stops
// many addresses together; it never waits long and leaves loopback alone, so that strangers cannot
// lock the owner out of the own machine.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "freellm/base/clock.hpp"

namespace freellm::server::admin {

class LoginThrottle {
 public:
  static constexpr int kFreeFailures = 5;  ///< per address
  static constexpr int kFreeFailuresOfAll = 50;
  static constexpr Millis kLongestWait{900'000};
  static constexpr Millis kLongestWaitOfAll{30'000};
  static constexpr Millis kForgetAfter{3'600'000};  ///< since the last failure
  static constexpr std::size_t kMaxAddresses = 4096;

  /// How long `address` must wait before its next try; nullopt = it may try now.
  [[nodiscard]] std::optional<Millis> wait(std::string_view address, bool is_local,
                                           SteadyTime now) const;
  void failed(std::string_view address, SteadyTime now);
  void succeeded(std::string_view address);

 private:
  struct Record {
    int failures = 0;
    SteadyTime last{};
  };
  void make_room(SteadyTime now);

  std::unordered_map<std::string, Record> by_address_;
  Record all_;
};

}  // namespace freellm::server::admin
