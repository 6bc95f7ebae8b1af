#include "chat/string_scan.hpp"

#include <bit>
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace freellm::chat {

#if defined(__SSE2__)
namespace {

constexpr int kBlockBytes = 64;
using Mask = std::uint64_t;  ///< one bit a byte of a block, the first byte lowest

struct Block {
  __m128i part[4];

  // Written out, because the compiler keeps a loop of four a loop.
  explicit Block(const char* at) : part{load(at), load(at + 16), load(at + 32), load(at + 48)} {}
  static __m128i load(const char* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  }
  static Mask bits(__m128i found) { return static_cast<std::uint32_t>(_mm_movemask_epi8(found)); }

  template <class Compare>
  [[nodiscard]] Mask where(Compare&& compare) const {
    return bits(compare(part[0])) | bits(compare(part[1])) << 16 | bits(compare(part[2])) << 32 |
           bits(compare(part[3])) << 48;
  }
  [[nodiscard]] Mask equal(char c) const {
    const __m128i wanted = _mm_set1_epi8(c);
    return where([&](__m128i bytes) { return _mm_cmpeq_epi8(bytes, wanted); });
  }
  [[nodiscard]] Mask control() const {
    const __m128i last = _mm_set1_epi8(0x1F);
    return where([&](__m128i bytes) { return _mm_cmpeq_epi8(_mm_min_epu8(bytes, last), bytes); });
  }
};

/// The bytes that a backslash escapes. `carried` is 1 when the block before ended with a backslash
/// that escapes this one's first byte, and becomes the same for the next block.
Mask escaped_by(Mask backslash, Mask& carried) {
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

}  // namespace

char* find_special(char* at) {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1F);
  for (;; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i special = _mm_or_si128(
        control, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return at + std::countr_zero(mask);
  }
}

char* skip_prose(char* at, const char* end) {
  Mask carried = 0;
  for (; end - at >= kBlockBytes; at += kBlockBytes) {
    const Block block{at};
    const Mask quote = block.equal('"');
    const Mask backslash = block.equal('\\');
    Mask stop = quote | block.control();
    if ((backslash | carried) != 0) {
      const Mask escaped = escaped_by(backslash, carried);
      const Mask common = quote | backslash | block.equal('n');
      stop = (stop & ~(quote & escaped)) | (escaped & ~common);
      if (stop == 0) continue;
      const int first = std::countr_zero(stop);
      // An escape is handed over from its backslash on.
      return at + first - static_cast<int>((escaped >> first) & 1);
    }
    if (stop != 0) return at + std::countr_zero(stop);
  }
  return at - carried;
}
#else
char* find_special(char* at) {
  while (*at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

char* skip_prose(char* at, const char* /*end*/) { return at; }
#endif

}  // namespace freellm::chat
