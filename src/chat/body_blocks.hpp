#pragma once
// Memory of request bodies, kept for the next one.
//
// The C library hands out blocks of that size slowly, and putting one back makes it tidy up its
// small ones, which slows every allocation after that. Each thread keeps a few of what it freed.

#include <cstddef>

namespace freellm::chat {

struct BodyBlock {
  char* data = nullptr;
  std::size_t size = 0;
};

/// At least `size` bytes, with anything in them. Throws std::bad_alloc.
[[nodiscard]] BodyBlock take_body_block(std::size_t size);
/// Any thread may give back what another one took.
void give_body_block(BodyBlock block) noexcept;

}  // namespace freellm::chat
