// Searching bytes many at a time. Private to the wire layer. Never reads outside [p, end).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace freellm::wire::detail {

/// Finds the first byte for which `is_match_byte` holds; `match16` does the same for 16 bytes at
/// once, as a bit mask. Forces inlining through the template so that each search compiles to one
/// tight loop.
#if defined(__SSE2__)
template <class Match16, class MatchByte>
inline const char* find_with(const char* p, const char* end, Match16 match16, MatchByte is_match) {
  while (end - p >= 16) {
    const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(match16(block)));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
  while (p != end && !is_match(static_cast<unsigned char>(*p))) ++p;
  return p;
}
#else
inline std::uint64_t load8(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}
constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
/// Non-zero when some byte of `word` equals `byte` (may only err on the side of looking closer).
constexpr std::uint64_t has_byte(std::uint64_t word, unsigned char byte) {
  const auto x = word ^ (kOnes * byte);
  return (x - kOnes) & ~x & kHighs;
}
constexpr std::uint64_t has_less_than_space(std::uint64_t word) {
  return (word - kOnes * 0x20) & ~word & kHighs;
}
template <class Match8, class MatchByte>
inline const char* find_with(const char* p, const char* end, Match8 match8, MatchByte is_match) {
  while (end - p >= 8 && match8(load8(p)) == 0) p += 8;
  while (p != end && !is_match(static_cast<unsigned char>(*p))) ++p;
  return p;
}
#endif

/// The first '"', '\\' or control character (< 0x20): what ends a run of plain bytes in a JSON
/// string.
inline const char* find_json_special(const char* p, const char* end) {
  const auto is_special = [](unsigned char c) { return c == '"' || c == '\\' || c < 0x20; };
#if defined(__SSE2__)
  const auto quote = _mm_set1_epi8('"');
  const auto backslash = _mm_set1_epi8('\\');
  const auto last_control = _mm_set1_epi8(0x1f);
  return find_with(
      p, end,
      [=](__m128i block) {
        const auto controls = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
        const auto marks =
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
        return _mm_or_si128(controls, marks);
      },
      is_special);
#else
  return find_with(
      p, end,
      [](std::uint64_t word) {
        return has_byte(word, '"') | has_byte(word, '\\') | has_less_than_space(word);
      },
      is_special);
#endif
}

/// The first of two bytes.
inline const char* find_either(const char* p, const char* end, char a, char b) {
  const auto is_match = [=](unsigned char c) {
    return c == static_cast<unsigned char>(a) || c == static_cast<unsigned char>(b);
  };
#if defined(__SSE2__)
  const auto first = _mm_set1_epi8(a);
  const auto second = _mm_set1_epi8(b);
  return find_with(
      p, end,
      [=](__m128i block) {
        return _mm_or_si128(_mm_cmpeq_epi8(block, first), _mm_cmpeq_epi8(block, second));
      },
      is_match);
#else
  return find_with(
      p, end,
      [=](std::uint64_t word) {
        return has_byte(word, static_cast<unsigned char>(a)) |
               has_byte(word, static_cast<unsigned char>(b));
      },
      is_match);
#endif
}

/// Length of the well-formed UTF-8 sequence at `p` (1..4), or 0 when there is none.
inline std::size_t utf8_sequence(const char* p, const char* end) {
  const auto at = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  const auto left = static_cast<std::size_t>(end - p);
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0U) == 0x80; };
  if (left == 0) return 0;
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return left >= 2 && continues(1) ? 2 : 0;
  // The second byte's range excludes overlong forms, surrogates and code points beyond U+10FFFF.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (left < 2 || at(1) < low || at(1) > high) return 0;
  if (lead < 0xf0) return left >= 3 && continues(2) ? 3 : 0;
  return left >= 4 && continues(2) && continues(3) ? 4 : 0;
}

}  // namespace freellm::wire::detail
