#include "chat/body_blocks.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "freellm/base/sanitized.hpp"

namespace freellm::chat {
namespace {

TEST(BodyBlocks, ABlockServesTheNextBodyOfItsSize) {
  if (kSanitized) GTEST_SKIP() << "under a sanitizer every block goes back to the system";
  const BodyBlock first = take_body_block(40'000);
  give_body_block(first);

  const BodyBlock second = take_body_block(39'000);

  EXPECT_EQ(second.data, first.data);
  EXPECT_EQ(second.size, 40'000U);
  give_body_block(second);
}

TEST(BodyBlocks, ASmallBodyDoesNotHoldALargeBlock) {
  const BodyBlock large = take_body_block(40'000);
  give_body_block(large);

  const BodyBlock small = take_body_block(1'000);

  EXPECT_EQ(small.size, 1'000U);
  give_body_block(small);
}

TEST(BodyBlocks, EveryBlockInUseIsItsOwn) {
  std::vector<BodyBlock> blocks;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 40; ++i) {
      blocks.push_back(take_body_block(30'000));
      for (std::size_t byte = 0; byte < 30'000; byte += 4'096) blocks.back().data[byte] = char(i);
    }
    for (int i = 0; i < 40; ++i) {
      EXPECT_EQ(blocks[static_cast<std::size_t>(i)].data[4'096], char(i));
      give_body_block(blocks[static_cast<std::size_t>(i)]);
    }
    blocks.clear();
  }
}

}  // namespace
}  // namespace freellm::chat
