#include "chat/string_scan.hpp"

#include <bit>

#include "chat/block_scan.hpp"
#include "chat/wide_scan.hpp"

namespace freellm::chat {

#if defined(FREELLM_WIDE_SCAN)
const bool kHasWideScan = __builtin_cpu_supports("avx2") != 0;
#endif

#if defined(__SSE2__)
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
#if defined(FREELLM_WIDE_SCAN)
  if (kHasWideScan) return wide_skip_prose(at, end);
#endif
  return skip_prose_by_blocks(at, end);
}
#else
char* find_special(char* at) {
  while (*at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

char* skip_prose(char* at, const char* /*end*/) { return at; }
#endif

}  // namespace freellm::chat
