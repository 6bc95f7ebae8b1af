#pragma once
// Reading text by blocks: 64 bytes at once, with the widest vectors the compiler may use. This
// header is compiled twice, by wide_scan.cpp for processors with AVX2 and by its callers for all
// others; which one runs is decided at run time (wide_scan.hpp).
//
// So everything here has internal linkage and calls nothing from the standard library that could be
// emitted as a shared inline function: the linker would keep one copy for both.

#include <cstddef>
#include <cstdint>
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "chat/byte_counts.hpp"

namespace freellm::chat {
namespace {

#if defined(__SSE2__)
constexpr int kBlockBytes = 64;
using Mask = std::uint64_t;  ///< one bit a byte of a block, the first byte lowest

#if defined(__AVX2__)
using Vector = __m256i;
inline Vector load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}
inline Vector all(char c) { return _mm256_set1_epi8(c); }
inline Vector same(Vector a, Vector b) { return _mm256_cmpeq_epi8(a, b); }
inline Vector lesser(Vector a, Vector b) { return _mm256_min_epu8(a, b); }
inline Mask bits(Vector found) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(found)); }
#else
using Vector = __m128i;
inline Vector load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
inline Vector all(char c) { return _mm_set1_epi8(c); }
inline Vector same(Vector a, Vector b) { return _mm_cmpeq_epi8(a, b); }
inline Vector lesser(Vector a, Vector b) { return _mm_min_epu8(a, b); }
inline Mask bits(Vector found) { return static_cast<std::uint32_t>(_mm_movemask_epi8(found)); }
#endif

struct TextBlock {
  static constexpr int kWidth = sizeof(Vector);
  Vector part[kBlockBytes / kWidth];

  // Written out, because the compiler keeps a short loop a loop.
  explicit TextBlock(const char* at) : part {
    load(at), load(at + kWidth)
#if !defined(__AVX2__)
                  ,
        load(at + 2 * kWidth), load(at + 3 * kWidth)
#endif
  }
  {}
  template <class Compare>
  [[nodiscard]] Mask where(Compare&& compare) const {
    Mask found = bits(compare(part[0])) | bits(compare(part[1])) << kWidth;
#if !defined(__AVX2__)
    found |= bits(compare(part[2])) << 2 * kWidth | bits(compare(part[3])) << 3 * kWidth;
#endif
    return found;
  }
  [[nodiscard]] Mask equal(char c) const {
    const Vector wanted = all(c);
    return where([&](Vector bytes) { return same(bytes, wanted); });
  }
  [[nodiscard]] Mask control() const {
    const Vector last = all(0x1F);
    return where([&](Vector bytes) { return same(lesser(bytes, last), bytes); });
  }
};

/// The bytes that a backslash escapes. `carried` is 1 when the block before ended with a backslash
/// that escapes this one's first byte, and becomes the same for the next block.
inline Mask escaped_by(Mask backslash, Mask& carried) {
  Mask escaped = carried;
  Mask starts = backslash & ~carried;
  if ((starts & (starts << 1)) == 0) {  // none beside another, as nearly everywhere
    carried = starts >> (kBlockBytes - 1);
    return escaped | (starts << 1);
  }
  carried = 0;
  while (starts != 0) {
    const Mask first = starts & (~starts + 1);
    const Mask second = first << 1;
    carried = second == 0 ? 1 : 0;
    escaped |= second;
    starts &= ~(first | second);
  }
  return escaped;
}

/// skip_prose of string_scan.hpp.
inline char* skip_prose_by_blocks(char* at, const char* end) {
  Mask carried = 0;
  for (; end - at >= kBlockBytes; at += kBlockBytes) {
    const TextBlock block{at};
    const Mask quote = block.equal('"');
    const Mask backslash = block.equal('\\');
    Mask stop = quote | block.control();
    if ((backslash | carried) != 0) {
      const Mask escaped = escaped_by(backslash, carried);
      const Mask common = quote | backslash | block.equal('n');
      stop = (stop & ~(quote & escaped)) | (escaped & ~common);
      if (stop == 0) continue;
      const int first = __builtin_ctzll(stop);
      // An escape is handed over from its backslash on.
      return at + first - static_cast<int>((escaped >> first) & 1);
    }
    if (stop != 0) return at + __builtin_ctzll(stop);
  }
  return at - carried;
}
#endif

/// Bytes in GCC's and Clang's vector notation: SSE2, AVX2 and NEON alike, without intrinsics.
#if defined(__AVX2__)
constexpr std::size_t kLanes = 32;
#else
constexpr std::size_t kLanes = 16;
#endif
using Bytes = signed char __attribute__((vector_size(kLanes)));
using Lanes = unsigned char __attribute__((vector_size(kLanes)));

inline Bytes bytes_at(const char* from) {
  Bytes bytes;
  __builtin_memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

inline std::int64_t sum(Lanes counts) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < kLanes; ++i) total += counts[i];
  return total;
}

struct LaneCounts {
  Lanes high, backslash, unicode_escape;
};

template <Look look>
inline void count_lanes(LaneCounts& lanes, const char* at) {
  const Bytes bytes = bytes_at(at);
  // A true lane is all ones, which is -1: subtracting counts up.
  lanes.high -= reinterpret_cast<Lanes>(bytes < 0);
  if constexpr (look == Look::plain) return;
  const Bytes slash = bytes == '\\';
  lanes.backslash -= reinterpret_cast<Lanes>(slash);
  if constexpr (look == Look::escapes) return;
  lanes.unicode_escape -= reinterpret_cast<Lanes>(slash & (bytes_at(at + 1) == 'u'));
}

/// Of what is known not to be ASCII alone.
inline Lanes continuation_lanes(const char* at, std::size_t rounds) {
  Lanes counts{};
  for (; rounds > 0; --rounds, at += kLanes) counts -= reinterpret_cast<Lanes>(bytes_at(at) < -64);
  return counts;
}

/// Adds up the front of the text; returns where it stopped: one byte at least is left, so that
/// looking for \u never reads past the end.
template <Look look>
inline const char* count_by_blocks(ByteCounts& counts, const char* at, std::size_t size) {
  // A lane overflows after 255 rounds, so sums are taken in batches.
  constexpr std::size_t kBatch = 255;
  std::size_t left = size == 0 ? 0 : (size - 1) / kLanes;
  while (left > 0) {
    LaneCounts lanes{};
    const std::size_t rounds = left < kBatch ? left : kBatch;
    const char* const batch = at;
    for (std::size_t i = 0; i < rounds; ++i, at += kLanes) count_lanes<look>(lanes, at);
    const std::int64_t high = sum(lanes.high);
    if (high > 0) counts.continuation += sum(continuation_lanes(batch, rounds));
    counts.high += high;
    counts.backslash += sum(lanes.backslash);
    counts.unicode_escape += sum(lanes.unicode_escape);
    left -= rounds;
  }
  return at;
}

}  // namespace
}  // namespace freellm::chat
