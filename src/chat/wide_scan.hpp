#pragma once
// The scans of block_scan.hpp, compiled for processors with AVX2. Call them only where
// `kHasWideScan` says so; it is false until statics are initialised, which costs time only.

#include <cstddef>

#include "chat/byte_counts.hpp"

#if defined(__x86_64__) && defined(__SSE2__)
#define FREELLM_WIDE_SCAN 1
#endif

namespace freellm::chat {

#if defined(FREELLM_WIDE_SCAN)
extern const bool kHasWideScan;
[[nodiscard]] char* wide_skip_prose(char* at, const char* end);
[[nodiscard]] const char* wide_count(Look look, ByteCounts& counts, const char* at,
                                     std::size_t size);
#endif

}  // namespace freellm::chat
