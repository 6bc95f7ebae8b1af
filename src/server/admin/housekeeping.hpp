#pragma once
// Housekeeping: deletes what the retention settings let go, in small steps between which live rows
// get their turn. Runs on the admin thread, which asks it when it has nothing else to do; the
// deleting itself happens on the writer's, and is not waited for. The unified key's last use is
// kept along the way. Private to the admin sources.

#include <atomic>
#include <cstdint>
#include <memory>

#include "freellm/base/clock.hpp"

namespace freellm::server::admin {

class Admin;

class Housekeeping {
 public:
  static constexpr Millis kEvery{60'000};
  static constexpr Millis kBetweenSteps{100};

  explicit Housekeeping(Admin& admin);
  /// When run() is due.
  [[nodiscard]] SteadyTime due() const { return due_; }
  /// Asks the writer for one step; never waits for it.
  void run(Now now);

 private:
  enum class Step : std::uint8_t { none, running, done, done_with_more };

  void begin(Now now);

  Admin& admin_;
  SteadyTime due_{};
  std::shared_ptr<std::atomic<Step>> step_;  ///< shared: the writer may outlive us
  WallTime key_use_kept_{};
};

}  // namespace freellm::server::admin
