#pragma once
// How many routing records of requests that went smoothly a worker hands to the store.
//
// Writing one down costs as much as relaying the request did, and under a load at which that
// matters nobody reads them one by one. One worker thread.

#include "freellm/base/clock.hpp"

namespace freellm::proxy {

class RecordBudget {
 public:
  static constexpr int kPerSecond = 100;

  /// True while this second's share lasts.
  [[nodiscard]] bool take(SteadyTime now) {
    if (now - second_ >= std::chrono::seconds{1}) {
      second_ = now;
      taken_ = 0;
    }
    return taken_++ < kPerSecond;
  }

 private:
  SteadyTime second_{};
  int taken_ = 0;
};

}  // namespace freellm::proxy
