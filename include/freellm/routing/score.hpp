#pragma once
// RouteStats and the scoring function of the measured strategies.
//
// Each measure is a weighted mean that forgets with a half-life of 30 minutes and is blended with a
// prior (the catalog's ranks, 90 % success), so an unmeasured model is neither hidden nor trusted.
// Not thread-safe: lives under its platform's mutex.

#include <cstdint>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/routing/explain.hpp"
#include "freellm/routing/options.hpp"

namespace freellm::routing {

class DecayingMean {
 public:
  void add(double value, SteadyTime now);
  /// The mean with `prior` counted as `prior_weight` samples.
  [[nodiscard]] double blended(double prior, double prior_weight, SteadyTime now) const;
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] bool empty() const { return weight_ == 0; }

 private:
  [[nodiscard]] double weight_at(SteadyTime now) const;

  double value_ = 0;
  double weight_ = 0;
  SteadyTime last_{};
};

struct RouteStats {
  DecayingMean success;            ///< 1 or 0
  DecayingMean tokens_per_second;  ///< of the answer, after the first token
  DecayingMean first_token_ms;
  std::uint64_t samples = 0;
};

/// Fills the measured terms and `score` (ascending: smaller goes first) of a model.
/// `terms.position` and `terms.penalty` must be set. For Strategy::priority the score is their sum.
void score(RankTerms& terms, Strategy strategy, const catalog::Model& model,
           const RouteStats& stats, SteadyTime now);

}  // namespace freellm::routing
