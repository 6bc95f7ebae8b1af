#include "freellm/store/sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace freellm::store {
namespace {

std::string sketch_of(const std::vector<std::int64_t>& values) {
  std::vector<std::uint16_t> buckets;
  for (const auto value : values) buckets.push_back(sketch_bucket(value));
  return encode_sketch(buckets);
}

TEST(Sketch, PlacesEveryValueWithinAThirtySecondOfItself) {
  for (std::int64_t value = 0; value <= kLongestSketched; value += 1 + value / 100) {
    const auto bucket = sketch_bucket(value);
    ASSERT_LT(bucket, kSketchBuckets);
    ASSERT_NEAR(sketch_value(bucket), static_cast<double>(value), static_cast<double>(value) / 32)
        << value;
  }
}

TEST(Sketch, KeepsTheOrderOfValues) {
  for (std::int64_t value = 1; value <= 100'000; ++value)
    ASSERT_LE(sketch_bucket(value - 1), sketch_bucket(value)) << value;
}

TEST(Sketch, TakesWhatIsBeyondItsEndsAsItsEnds) {
  EXPECT_EQ(sketch_bucket(-5), 0);
  EXPECT_EQ(sketch_bucket(std::int64_t{1} << 60), kSketchBuckets - 1);
}

TEST(Sketch, FindsQuantilesOfARandomSetWithinItsBound) {
  std::mt19937_64 random{7};
  std::lognormal_distribution<double> latencies{7, 1.2};
  std::vector<std::int64_t> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(static_cast<std::int64_t>(latencies(random)));
  const auto sketch = sketch_of(values);
  std::sort(values.begin(), values.end());

  for (const double share : {0.01, 0.5, 0.95, 0.99, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * 10'000)) - 1;
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_NEAR(*sketch_quantile(sketch, share), exact, exact / 32) << share;
  }
  EXPECT_LT(sketch.size(), 700U);
}

TEST(Sketch, OfAUnionIsTheSumOfSketches) {
  const std::vector<std::int64_t> one{3, 3, 40, 5'000}, other{3, 41, 700'000};
  SketchSum sum;
  sum.add(sketch_of(one));
  sum.add("");
  sum.add(sketch_of(other));

  EXPECT_EQ(sum.encode(), sketch_of({3, 3, 40, 5'000, 3, 41, 700'000}));
}

TEST(Sketch, OfNothingHasNoQuantile) {
  EXPECT_EQ(sketch_quantile("", 0.5), std::nullopt);
  EXPECT_EQ(SketchSum{}.encode(), "");
}

TEST(Sketch, SurvivesDamagedBytes) {
  std::mt19937_64 random{11};
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    SketchSum sum;
    sum.add(bytes);
    (void)sketch_quantile(bytes, 0.5);
    (void)sum.encode();
  }
}

}  // namespace
}  // namespace freellm::store
