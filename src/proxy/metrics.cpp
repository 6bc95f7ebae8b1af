#include "freellm/proxy/metrics.hpp"

#include <memory>

namespace freellm::proxy {

Ending ending_of(const store::RequestRecord& record) {
  if (is_served(record)) return Ending::ok;
  if (is_cancelled(record)) return Ending::cancelled;
  const bool is_clients = record.status >= 400 && record.status < 500;
  return is_clients ? Ending::client_error : Ending::server_error;
}

MetricShard::~MetricShard() {
  for (auto& slot : models_) delete slot.load(std::memory_order_relaxed);
}

ModelTally& MetricShard::tally(const store::RouteIds& route) {
  const auto id = static_cast<std::size_t>(route.model.value);
  auto& slot = models_[id < kModels ? id : kModels - 1];
  if (auto* known = slot.load(std::memory_order_relaxed)) return *known;
  auto fresh = std::make_unique<ModelTally>();
  fresh->platform = route.platform;
  // Released last, so that a scraper never sees one half made.
  slot.store(fresh.get(), std::memory_order_release);
  return *fresh.release();
}

void MetricShard::count(const store::RequestRecord& record) {
  ModelTally& model = tally(record.route);
  const auto ending = ending_of(record);
  model.requests[static_cast<std::size_t>(ending)].add();
  for (const auto& attempt : record.failed_attempts)
    tally(attempt.route).failed_attempts[static_cast<std::size_t>(attempt.failure)].add();
  if (ending != Ending::ok) return;
  model.served_attempts.add();
  if (!record.failed_attempts.empty()) model.fallbacks.add();
  model.duration_ms.add(record.latency.count());
  if (record.ttft) model.first_token_ms.add(record.ttft->count());
  model.input_tokens.add(record.usage.prompt_tokens);
  model.output_tokens.add(record.usage.completion_tokens);
}

}  // namespace freellm::proxy
