#pragma once
// Housekeeping: deletes what the retention settings let go, in small steps between which live rows
// get their turn. Runs on the admin thread, which asks it when it has nothing else to do; the
// deleting itself happens on the writer's. Private to the admin sources.

#include "freellm/base/clock.hpp"

namespace freellm::server::admin {

class Admin;

class Housekeeping {
 public:
  static constexpr Millis kEvery{60'000};
  static constexpr Millis kBetweenSteps{100};

  explicit Housekeeping(Admin& admin) : admin_(admin) {}
  /// When run() is due.
  [[nodiscard]] SteadyTime due() const { return due_; }
  void run(Now now);

 private:
  Admin& admin_;
  SteadyTime due_{};
};

}  // namespace freellm::server::admin
