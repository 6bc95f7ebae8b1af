#include "freellm/catalog/monthly_tokens.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace freellm::catalog {
namespace {

Limit limit(LimitMetric metric, LimitWindow window, std::int64_t count) {
  return {.metric = metric, .window = window, .count = count};
}

std::optional<std::int64_t> with(std::vector<Limit> shared, std::vector<Limit> own) {
  Platform platform;
  platform.limits = std::move(shared);
  Model model;
  model.limits = std::move(own);
  return monthly_tokens(platform, model);
}

TEST(MonthlyTokens, AreTheTightestOfTheLongLimits) {
  const auto day = limit(LimitMetric::tokens, LimitWindow::day, 500'000);
  const auto requests = limit(LimitMetric::requests, LimitWindow::day, 200);
  EXPECT_EQ(with({}, {day}), 15'000'000);
  EXPECT_EQ(with({}, {day, requests}), 6'000'000);
  EXPECT_EQ(with({limit(LimitMetric::tokens, LimitWindow::month, 1'000'000)}, {day, requests}),
            1'000'000);
  EXPECT_EQ(with({limit(LimitMetric::requests, LimitWindow::hour, 1)}, {day}), 720'000);
}

TEST(MonthlyTokens, AreUnknownWhereNoLongLimitIs) {
  EXPECT_EQ(with({}, {}), std::nullopt);
  EXPECT_EQ(with({limit(LimitMetric::concurrency, LimitWindow::month, 3)},
                 {limit(LimitMetric::requests, LimitWindow::minute, 20),
                  limit(LimitMetric::tokens, LimitWindow::second, 20),
                  limit(LimitMetric::neurons, LimitWindow::day, 10'000)}),
            std::nullopt);
}

TEST(MonthlyTokens, DoNotOverflow) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_GT(with({}, {limit(LimitMetric::requests, LimitWindow::hour, kMost)}), kMost / 2);
}

}  // namespace
}  // namespace freellm::catalog
