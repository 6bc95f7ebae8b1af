#include "body_blocks.hpp"

#include <array>
#include <new>
#include <utility>

#include "freellm/base/sanitized.hpp"

namespace freellm::chat {
namespace {

constexpr std::size_t kMostKept = kSanitized ? 0 : 512 * 1024;
constexpr std::size_t kMostBlocks = 16;

void free_block(BodyBlock block) { ::operator delete(block.data, block.size); }

/// Has no destructor, so that bodies may still be freed while the thread's other objects die.
struct Kept {
  std::array<BodyBlock, kMostBlocks> blocks{};
  std::size_t count = 0;
  std::size_t bytes = 0;
  enum class State { unused, open, closed } state = State::unused;

  BodyBlock remove(std::size_t index) {
    const BodyBlock block = blocks[index];
    blocks[index] = blocks[--count];
    bytes -= block.size;
    return block;
  }
};
thread_local constinit Kept kept;

struct AtThreadEnd {
  ~AtThreadEnd() {
    kept.state = Kept::State::closed;
    while (kept.count > 0) free_block(kept.remove(kept.count - 1));
  }
};

}  // namespace

BodyBlock take_body_block(std::size_t size) {
  // Not much larger than asked for: a stream that waits for long holds its block all the time.
  const std::size_t largest = size + size / 4 + 256;
  for (std::size_t i = kept.count; i-- > 0;) {
    if (kept.blocks[i].size >= size && kept.blocks[i].size <= largest) return kept.remove(i);
  }
  return {static_cast<char*>(::operator new(size)), size};
}

void give_body_block(BodyBlock block) noexcept {
  if (kept.state == Kept::State::unused) {
    thread_local const AtThreadEnd at_thread_end;
    static_cast<void>(at_thread_end);
    kept.state = Kept::State::open;
  }
  if (kept.state == Kept::State::closed || block.size > kMostKept) return free_block(block);
  // Earlier ones make room: bodies of the size that is usual now are of more use.
  while (kept.count == kMostBlocks || kept.bytes + block.size > kMostKept) {
    free_block(kept.remove(0));
  }
  kept.blocks[kept.count++] = block;
  kept.bytes += block.size;
}

}  // namespace freellm::chat
