#include "freellm/store/sketch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace freellm::store {
namespace {

constexpr int kExactBits = 5;  // values below 32 have a bucket each
constexpr int kPerDoubling = 16;

void put(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

/// Takes one number off the front; nullopt when there is none.
std::optional<std::uint64_t> take(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 9; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= std::uint64_t{byte & 0x7FU} << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

/// Calls `see(bucket, count)` in ascending order until it returns false.
template <class See>
void each(std::string_view sketch, See see) {
  std::uint64_t bucket = 0;
  for (;;) {
    const auto gap = take(sketch);
    const auto count = gap ? take(sketch) : std::nullopt;
    if (!count || *gap >= kSketchBuckets) return;
    bucket += *gap;
    if (bucket >= kSketchBuckets) return;
    if (!see(static_cast<int>(bucket), static_cast<std::int64_t>(*count))) return;
  }
}

class Encoder {
 public:
  void add(int bucket, std::int64_t count) {
    put(out_, static_cast<std::uint64_t>(bucket - last_));
    put(out_, static_cast<std::uint64_t>(count));
    last_ = bucket;
  }
  [[nodiscard]] std::string finish() { return std::move(out_); }

 private:
  std::string out_;
  int last_ = 0;
};

}  // namespace

std::uint16_t sketch_bucket(std::int64_t ms) {
  const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ms, 0, kLongestSketched));
  if (value < (1U << kExactBits)) return static_cast<std::uint16_t>(value);
  const int doubling = std::bit_width(value) - 1;
  const auto place = (value >> (doubling - 4)) & (kPerDoubling - 1);
  return static_cast<std::uint16_t>((1 << kExactBits) + (doubling - kExactBits) * kPerDoubling +
                                    static_cast<int>(place));
}

double sketch_value(int bucket) {
  if (bucket < (1 << kExactBits)) return bucket;
  const int beyond = bucket - (1 << kExactBits);
  const int shift = beyond / kPerDoubling + kExactBits - 4;
  const auto low = static_cast<double>(std::int64_t{kPerDoubling + beyond % kPerDoubling} << shift);
  return low + static_cast<double>(std::int64_t{1} << shift) / 2;
}

std::string encode_sketch(std::vector<std::uint16_t>& buckets) {
  std::sort(buckets.begin(), buckets.end());
  Encoder out;
  for (auto from = buckets.begin(); from != buckets.end();) {
    const auto next = std::upper_bound(from, buckets.end(), *from);
    out.add(*from, next - from);
    from = next;
  }
  return out.finish();
}

void SketchSum::add(std::string_view sketch) {
  if (sketch.empty()) return;
  if (counts_.empty()) counts_.resize(kSketchBuckets);
  each(sketch, [&](int bucket, std::int64_t count) {
    counts_[static_cast<std::size_t>(bucket)] += count;
    return true;
  });
}

std::string SketchSum::encode() const {
  Encoder out;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts_[bucket] > 0) out.add(static_cast<int>(bucket), counts_[bucket]);
  }
  return out.finish();
}

std::optional<double> sketch_quantile(std::string_view sketch, double share) {
  std::int64_t total = 0;
  each(sketch, [&](int, std::int64_t count) {
    total += count;
    return true;
  });
  if (total == 0) return std::nullopt;
  const auto rank = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(share * static_cast<double>(total))));
  std::int64_t seen = 0;
  std::optional<double> found;
  each(sketch, [&](int bucket, std::int64_t count) {
    seen += count;
    found = sketch_value(bucket);
    return seen < rank;
  });
  return found;
}

}  // namespace freellm::store
