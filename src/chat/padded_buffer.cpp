#include <algorithm>
#include <cassert>
#include <cstring>

#include "body_blocks.hpp"
#include "freellm/chat/request.hpp"

namespace freellm::chat {

void GiveBodyBack::operator()(char* data) const noexcept { give_body_block({data, size}); }

PaddedBuffer::PaddedBuffer(std::size_t capacity) : capacity_(capacity) {
  const BodyBlock block = take_body_block(capacity + kPadding);
  data_ = {block.data, GiveBodyBack{block.size}};
  resize(0);
}

PaddedBuffer PaddedBuffer::copy_of(std::string_view bytes) {
  PaddedBuffer buffer{bytes.size()};
  if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
  buffer.resize(bytes.size());
  return buffer;
}

void PaddedBuffer::resize(std::size_t size) {
  assert(size <= capacity_);
  size_ = size;
  if (data_) std::memset(data_.get() + size_, 0, kPadding);
}

void PaddedBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (size_ + bytes.size() > capacity_) {
    PaddedBuffer larger{std::max(size_ + bytes.size(), 2 * capacity_)};
    if (size_ > 0) std::memcpy(larger.data(), data_.get(), size_);
    larger.size_ = size_;
    *this = std::move(larger);
  }
  std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
  resize(size_ + bytes.size());
}

}  // namespace freellm::chat
