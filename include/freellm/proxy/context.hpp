#pragma once
// What requests are served with: the process-wide services, and one worker's share of them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/net/worker.hpp"
#include "freellm/proxy/explain_ring.hpp"
#include "freellm/proxy/key_hosts.hpp"
#include "freellm/proxy/live_feed.hpp"
#include "freellm/proxy/metrics.hpp"
#include "freellm/proxy/record_budget.hpp"
#include "freellm/routing/router.hpp"
#include "freellm/store/store.hpp"
#include "freellm/wire/ip_network.hpp"

namespace freellm::server::admin {
class Admin;
}

namespace freellm::proxy {

/// Settings a request is judged by. Immutable; replaced whole on reload or rotation and posted to
/// the workers.
struct Settings {
  std::shared_ptr<const Secret> api_key;  ///< the unified client key
  bool require_api_key = true;
  std::uint64_t max_body_bytes = 64ULL << 20;
  std::vector<std::string> cors_origins;
  std::vector<wire::IpNetwork> trusted_proxies;
};

/// Counters that any thread may add to. What is counted per request is in Metrics.
struct Counters {
  std::atomic<std::uint64_t> body_bytes_in_flight{0};
};

/// One per process; everything outlives the workers.
struct Services {
  const Clock& clock;
  routing::Router& router;
  store::Store& store;
  Counters counters{};
  ExplainRing explains{};
  KeyHosts key_hosts{};
  LiveFeed live{};
  Metrics metrics{};
  std::atomic<bool> draining{false};
  /// Request bodies held in memory by all requests together; beyond it new ones are refused.
  std::uint64_t max_body_bytes_in_flight = 512ULL << 20;
  /// The server layer's own; the proxy only carries it. Null until the daemon is up.
  server::admin::Admin* admin = nullptr;
};

/// One per worker, touched by its thread only. `routes` and `settings` are replaced by posting; a
/// request copies the pointers it uses.
struct WorkerContext {
  net::Worker& net;
  Services& services;
  MetricShard& metrics;
  std::shared_ptr<const routing::RouteIndex> routes;
  std::shared_ptr<const Settings> settings;
  RecordBudget records{};
};

}  // namespace freellm::proxy
