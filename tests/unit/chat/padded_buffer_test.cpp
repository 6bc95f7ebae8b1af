#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "freellm/chat/request.hpp"

namespace freellm::chat {
namespace {

bool padding_is_zero(PaddedBuffer& buffer) {
  const char* const end = buffer.data() + buffer.size();
  return std::all_of(end, end + PaddedBuffer::kPadding, [](char c) { return c == 0; });
}

TEST(PaddedBuffer, GrowsWithItsContentAndKeepsThePaddingZero) {
  PaddedBuffer buffer;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(static_cast<std::size_t>(i), 'a');
    buffer.append(piece);
    expected += piece;
  }

  EXPECT_EQ(buffer.view(), expected);
  EXPECT_TRUE(padding_is_zero(buffer));
}

TEST(PaddedBuffer, ShrinkingClearsWhatIsReadBehindTheEnd) {
  PaddedBuffer buffer = PaddedBuffer::copy_of(std::string(200, 'x'));

  buffer.resize(10);

  EXPECT_EQ(buffer.view(), std::string(10, 'x'));
  EXPECT_TRUE(padding_is_zero(buffer));
}

}  // namespace
}  // namespace freellm::chat
