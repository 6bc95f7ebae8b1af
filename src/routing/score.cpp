#include "freellm/routing/score.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace freellm::routing {
namespace {

constexpr double kHalfLifeSeconds = 1800;
constexpr double kMaxWeight = 50;
constexpr double kPriorWeight = 2;
constexpr double kPriorSuccess = 0.9;
// A penalty point costs as much as a tenth of the whole scale: ten points put a model behind every
// other.
constexpr float kPenaltyPoint = 0.1F;

struct Weights {
  float success, speed, latency, intelligence;
};

// By Strategy; the row of `priority` is unused.
constexpr std::array<Weights, 5> kWeights = {{
    {0, 0, 0, 0},
    {0.35F, 0.20F, 0.20F, 0.25F},
    {0.20F, 0.40F, 0.40F, 0},
    {0.80F, 0.05F, 0.15F, 0},
    {0.20F, 0.05F, 0.05F, 0.70F},
}};

/// Rank 1 is best; an unknown rank (0) counts as the twentieth.
double rank_share(std::int32_t rank) { return 1.0 / (1.0 + 0.1 * ((rank <= 0 ? 20 : rank) - 1)); }

}  // namespace

double DecayingMean::weight_at(SteadyTime now) const {
  if (now <= last_) return weight_;
  return weight_ *
         std::exp2(-std::chrono::duration<double>(now - last_).count() / kHalfLifeSeconds);
}

void DecayingMean::add(double value, SteadyTime now) {
  const double weight = std::min(weight_at(now), kMaxWeight);
  value_ = (value_ * weight + value) / (weight + 1);
  weight_ = weight + 1;
  last_ = std::max(last_, now);
}

double DecayingMean::blended(double prior, double prior_weight, SteadyTime now) const {
  const double weight = weight_at(now);
  return (value_ * weight + prior * prior_weight) / (weight + prior_weight);
}

void score(RankTerms& terms, Strategy strategy, const catalog::Model& model,
           const RouteStats& stats, SteadyTime now) {
  if (strategy == Strategy::priority) {
    terms.score = terms.position + terms.penalty;
    return;
  }
  const double speed = rank_share(model.speed_rank);
  // Priors span what free tiers show: about 20 to 300 tokens per second, 0.3 to 3 s to the first
  // token.
  const double tokens = stats.tokens_per_second.blended(300 * speed, kPriorWeight, now);
  const double first_token = stats.first_token_ms.blended(300 / speed, kPriorWeight, now);
  terms.success = static_cast<float>(stats.success.blended(kPriorSuccess, kPriorWeight, now));
  terms.speed = static_cast<float>(tokens / (tokens + 100));
  terms.latency = static_cast<float>(1000 / (1000 + first_token));
  terms.intelligence = static_cast<float>(rank_share(model.intelligence_rank));
  const Weights& weight = kWeights[static_cast<std::size_t>(strategy)];
  terms.score = 1 + kPenaltyPoint * terms.penalty -
                (weight.success * terms.success + weight.speed * terms.speed +
                 weight.latency * terms.latency + weight.intelligence * terms.intelligence);
}

}  // namespace freellm::routing
