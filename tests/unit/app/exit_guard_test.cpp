#include "app/exit_guard.hpp"

#include <gtest/gtest.h>

#include <future>

namespace freellm::app {
namespace {

using namespace std::chrono_literals;

TEST(ExitGuard, ActsWhenTheEndDoesNotCome) {
  std::promise<void> acted;
  ExitGuard guard;

  guard.arm(1ms, [&acted] { acted.set_value(); });

  acted.get_future().wait();
}

TEST(ExitGuard, DoesNothingWhenItDoes) {
  bool acted = false;
  {
    ExitGuard guard;
    guard.arm(1h, [&acted] { acted = true; });
  }
  { const ExitGuard never_armed; }

  EXPECT_FALSE(acted);
}

}  // namespace
}  // namespace freellm::app
