// Compiled with -mavx2 (CMakeLists.txt), so nothing here may run before the processor was asked.
#include "chat/wide_scan.hpp"

#include "chat/block_scan.hpp"

#if defined(FREELLM_WIDE_SCAN)
#if !defined(__AVX2__)
#error "wide_scan.cpp must be compiled with -mavx2"
#endif

namespace freellm::chat {

char* wide_skip_prose(char* at, const char* end) { return skip_prose_by_blocks(at, end); }

const char* wide_count(Look look, ByteCounts& counts, const char* at, std::size_t size) {
  switch (look) {
    case Look::plain:
      return count_by_blocks<Look::plain>(counts, at, size);
    case Look::escapes:
      return count_by_blocks<Look::escapes>(counts, at, size);
    case Look::unicode_escapes:
      break;
  }
  return count_by_blocks<Look::unicode_escapes>(counts, at, size);
}

}  // namespace freellm::chat
#endif
