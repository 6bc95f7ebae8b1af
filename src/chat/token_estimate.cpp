#include "freellm/chat/token_estimate.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace freellm::chat {
namespace {

/// Sixteen bytes at a time in GCC/Clang vector notation: SSE2 and NEON alike, without intrinsics.
using Block = signed char __attribute__((vector_size(16)));
using Lanes = unsigned char __attribute__((vector_size(16)));

Block load(const char* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

std::int64_t sum(Lanes counts) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < sizeof(Lanes); ++i) total += counts[i];
  return total;
}

struct ByteCounts {
  std::int64_t high = 0;          ///< bytes of non-ASCII sequences
  std::int64_t continuation = 0;  ///< those that are not the first of their sequence
  std::int64_t backslash = 0;
  std::int64_t unicode_escape = 0;  ///< backslash followed by u
};

void count_one(ByteCounts& counts, char byte, char next) {
  const auto value = static_cast<signed char>(byte);
  counts.high += value < 0 ? 1 : 0;
  counts.continuation += value < -64 ? 1 : 0;
  counts.backslash += byte == '\\' ? 1 : 0;
  counts.unicode_escape += byte == '\\' && next == 'u' ? 1 : 0;
}

/// What counting looks for. Less is quicker: most text has no \u, and nothing but JSON has escapes.
enum class Look : std::uint8_t { plain, escapes, unicode_escapes };

struct LaneCounts {
  Lanes high{}, continuation{}, backslash{}, unicode_escape{};
};

template <Look look>
void count_block(LaneCounts& lanes, const char* at) {
  const Block block = load(at);
  // A true lane is all ones, which is -1: subtracting counts up.
  lanes.high -= std::bit_cast<Lanes>(block < 0);
  if constexpr (look == Look::plain) return;
  const Block slash = block == '\\';
  lanes.backslash -= std::bit_cast<Lanes>(slash);
  if constexpr (look == Look::escapes) return;
  lanes.unicode_escape -= std::bit_cast<Lanes>(slash & (load(at + 1) == 'u'));
}

/// Of what is known not to be ASCII alone.
Lanes continuation_bytes(const char* at, std::size_t blocks) {
  Lanes counts{};
  for (; blocks > 0; --blocks, at += sizeof(Block)) counts -= std::bit_cast<Lanes>(load(at) < -64);
  return counts;
}

template <Look look>
ByteCounts count_bytes(std::string_view text) {
  // A lane overflows after 255 rounds, so sums are taken in batches.
  constexpr std::size_t kBatch = 255;
  ByteCounts counts;
  const char* at = text.data();
  std::size_t blocks = text.empty() ? 0 : (text.size() - 1) / sizeof(Block);
  while (blocks > 0) {
    LaneCounts lanes;
    const std::size_t rounds = std::min(blocks, kBatch);
    const char* const batch = at;
    for (std::size_t i = 0; i < rounds; ++i, at += sizeof(Block)) count_block<look>(lanes, at);
    const std::int64_t high = sum(lanes.high);
    if (high > 0) counts.continuation += sum(continuation_bytes(batch, rounds));
    counts.high += high;
    counts.backslash += sum(lanes.backslash);
    counts.unicode_escape += sum(lanes.unicode_escape);
    blocks -= rounds;
  }
  const char* const end = text.data() + text.size();
  for (; at != end; ++at) count_one(counts, *at, at + 1 != end ? at[1] : '\0');
  return counts;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code unit of the four hex digits in front, or -1.
int code_unit(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int value = hex_value(digits[i]);
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

TextCount count_with_unicode_escapes(std::string_view json) {
  TextCount count;
  std::size_t at = 0;
  while (at < json.size()) {
    const std::size_t slash = std::min(json.find('\\', at), json.size());
    count += count_text(json.substr(at, slash - at));
    if (slash + 1 >= json.size()) break;
    const int unit = json[slash + 1] == 'u' ? code_unit(json.substr(slash + 2)) : -1;
    at = slash + (unit >= 0 ? 6 : 2);
    const bool low_surrogate = unit >= 0xDC00 && unit <= 0xDFFF;  // counted with its high half
    if (low_surrogate) continue;
    (unit >= 0x80 ? count.wide : count.ascii) += 1;
  }
  return count;
}

}  // namespace

TextCount count_text(std::string_view text) {
  const ByteCounts counts = count_bytes<Look::plain>(text);
  return {.ascii = static_cast<std::int64_t>(text.size()) - counts.high,
          .wide = counts.high - counts.continuation};
}

TextCount count_json_text(std::string_view json, bool may_hold_unicode_escapes) {
  const ByteCounts counts = may_hold_unicode_escapes ? count_bytes<Look::unicode_escapes>(json)
                                                     : count_bytes<Look::escapes>(json);
  if (may_hold_unicode_escapes && counts.unicode_escape > 0)
    return count_with_unicode_escapes(json);
  // Every backslash is taken for the start of an escape; an escaped backslash is thus counted as
  // nothing, a quarter token each.
  return {.ascii = static_cast<std::int64_t>(json.size()) - counts.high - counts.backslash,
          .wide = counts.high - counts.continuation};
}

std::int64_t output_allowance(std::int64_t max_tokens) {
  constexpr std::int64_t kDefault = 1000;
  constexpr std::int64_t kMost = 2000;
  return std::min(max_tokens > 0 ? max_tokens : kDefault, kMost);
}

}  // namespace freellm::chat
