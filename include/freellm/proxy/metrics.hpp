#pragma once
// Metrics: what /metrics counts of requests, by model of the catalog.
//
// One shard per worker, written by that worker alone with plain loads and stores (relaxed atomics,
// no locked instruction, no shared cache line), so counting costs nanoseconds; whoever scrapes adds
// the shards up. Labels are ids of the catalog: what a client sends can make no series.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>

#include "freellm/base/clock.hpp"
#include "freellm/base/ids.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/store/records.hpp"

namespace freellm::proxy {

/// A number with one writer and any readers.
class Tally {
 public:
  void add(std::int64_t count = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Bounds as OpenTelemetry's conventions for generative AI advise (semantic conventions 1.38).
inline constexpr std::array<std::int64_t, 14> kDurationBoundsMs{
    10, 20, 40, 80, 160, 320, 640, 1'280, 2'560, 5'120, 10'240, 20'480, 40'960, 81'920};
inline constexpr std::array<std::int64_t, 16> kFirstTokenBoundsMs{
    1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1'000, 2'500, 5'000, 7'500, 10'000};
inline constexpr std::array<std::int64_t, 14> kTokenBounds{
    1,      4,      16,      64,        256,       1'024,      4'096,
    16'384, 65'536, 262'144, 1'048'576, 4'194'304, 16'777'216, 67'108'864};

template <const auto& Bounds>
class Histogram {
 public:
  static constexpr std::size_t kBuckets = Bounds.size() + 1;  ///< the last one is +Inf

  void add(std::int64_t value) {
    std::size_t bucket = 0;
    while (bucket < Bounds.size() && value > Bounds[bucket]) ++bucket;
    counts_[bucket].add();
    sum_.add(value);
  }
  [[nodiscard]] std::int64_t count(std::size_t bucket) const { return counts_[bucket].value(); }
  [[nodiscard]] std::int64_t sum() const { return sum_.value(); }

 private:
  std::array<Tally, kBuckets> counts_;
  Tally sum_;
};

inline constexpr std::size_t kFailureClasses =
    static_cast<std::size_t>(chat::FailureClass::client_gone) + 1;

/// How a request ended.
enum class Ending : std::uint8_t { ok, client_error, server_error, cancelled };
inline constexpr std::size_t kEndings = 4;
/// A stream that broke off counts as a server error, whatever its status line said.
[[nodiscard]] Ending ending_of(const store::RequestRecord& record);

struct ModelTally {
  PlatformId platform;
  std::array<Tally, kEndings> requests;
  Tally fallbacks;  ///< served, but not at the first try
  Tally served_attempts;
  std::array<Tally, kFailureClasses> failed_attempts;
  Histogram<kDurationBoundsMs> duration_ms;       ///< of what was served
  Histogram<kFirstTokenBoundsMs> first_token_ms;  ///< likewise
  Histogram<kTokenBounds> input_tokens;
  Histogram<kTokenBounds> output_tokens;
};

class MetricShard {
 public:
  /// Ids rise by one per model that was ever in the catalog; those beyond are counted together.
  static constexpr std::size_t kModels = 4096;

  MetricShard() = default;
  ~MetricShard();
  MetricShard(const MetricShard&) = delete;
  MetricShard& operator=(const MetricShard&) = delete;

  // By the worker alone.
  void count(const store::RequestRecord& record);
  void request_began() { running_.add(1); }
  void request_ended() { running_.add(-1); }
  /// Somebody showed the unified client key.
  void key_used(WallTime at) {
    key_used_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  }

  // By anyone.
  [[nodiscard]] std::int64_t running() const { return running_.value(); }
  [[nodiscard]] WallTime last_key_use() const {
    return WallTime{WallTime::duration{key_used_.load(std::memory_order_relaxed)}};
  }
  /// Null when nothing was counted for that model. 0 = requests that nothing was tried for.
  [[nodiscard]] const ModelTally* model(std::size_t id) const {
    return models_[id].load(std::memory_order_acquire);
  }

 private:
  ModelTally& tally(const store::RouteIds& route);

  Tally running_;
  std::atomic<WallTime::rep> key_used_{0};
  std::array<std::atomic<ModelTally*>, kModels> models_{};  ///< owned
};

class Metrics {
 public:
  /// Before the workers start; the shard lives as long as this.
  [[nodiscard]] MetricShard& add_shard() { return shards_.emplace_back(); }
  [[nodiscard]] const std::deque<MetricShard>& shards() const { return shards_; }
  /// The epoch when nobody has shown the key since the start.
  [[nodiscard]] WallTime last_key_use() const {
    WallTime last{};
    for (const auto& shard : shards_) last = std::max(last, shard.last_key_use());
    return last;
  }

 private:
  std::deque<MetricShard> shards_;
};

/// Counts a request as running while it lives.
class RunningRequest {
 public:
  explicit RunningRequest(MetricShard& shard) : shard_(shard) { shard_.request_began(); }
  ~RunningRequest() { shard_.request_ended(); }
  RunningRequest(const RunningRequest&) = delete;
  RunningRequest& operator=(const RunningRequest&) = delete;

 private:
  MetricShard& shard_;
};

}  // namespace freellm::proxy
