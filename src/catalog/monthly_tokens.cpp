#include "freellm/catalog/monthly_tokens.hpp"

#include <algorithm>
#include <limits>

namespace freellm::catalog {
namespace {

/// How often a window starts over in 30 days; 0 for the short ones.
std::int64_t times_a_month(LimitWindow window) {
  switch (window) {
    case LimitWindow::hour:
      return 720;
    case LimitWindow::day:
      return 30;
    case LimitWindow::month:
      return 1;
    case LimitWindow::second:
    case LimitWindow::minute:
      return 0;
  }
  return 0;
}

std::optional<std::int64_t> tokens_of(const Limit& limit) {
  const bool by_tokens = limit.metric == LimitMetric::tokens;
  const auto times = times_a_month(limit.window);
  if (times == 0 || (!by_tokens && limit.metric != LimitMetric::requests)) return std::nullopt;
  const auto factor = times * (by_tokens ? 1 : kTokensPerRequest);
  return std::min(limit.count, std::numeric_limits<std::int64_t>::max() / factor) * factor;
}

}  // namespace

std::optional<std::int64_t> monthly_tokens(const Platform& platform, const Model& model) {
  std::optional<std::int64_t> least;
  for (const auto* limits : {&platform.limits, &model.limits}) {
    for (const auto& limit : *limits) {
      const auto tokens = tokens_of(limit);
      if (tokens && (!least || *tokens < *least)) least = tokens;
    }
  }
  return least;
}

}  // namespace freellm::catalog
