#pragma once
// Sketch: how a set of durations is distributed, in a few bytes, such that the sketches of two sets
// add up to that of their union. Kept in rollup cells, so that percentiles need no raw rows.
//
// Whole milliseconds up to 31 are kept exactly; above, sixteen buckets per doubling: a quantile is
// off by at most 1/32 (3.2 %) of itself. Pure functions, thread-safe. Encoded as pairs of varints:
// the gap to the next bucket in use and its count.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freellm::store {

/// Longer ones count as this: two hours and twenty minutes.
inline constexpr std::int64_t kLongestSketched = (std::int64_t{1} << 23) - 1;
inline constexpr int kSketchBuckets = 320;

[[nodiscard]] std::uint16_t sketch_bucket(std::int64_t ms);
/// The middle of a bucket.
[[nodiscard]] double sketch_value(int bucket);

/// Of any number of buckets in any order, which it sorts.
[[nodiscard]] std::string encode_sketch(std::vector<std::uint16_t>& buckets);

/// Adds up encoded sketches.
class SketchSum {
 public:
  /// What is damaged or foreign counts as far as it can be read.
  void add(std::string_view sketch);
  [[nodiscard]] std::string encode() const;

 private:
  std::vector<std::int64_t> counts_;  ///< empty until something was added
};

/// The smallest value that at least `share` (0..1] of the set does not exceed; nullopt for an empty
/// set.
[[nodiscard]] std::optional<double> sketch_quantile(std::string_view sketch, double share);

}  // namespace freellm::store
