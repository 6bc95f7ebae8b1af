#include "freellm/wire/headers.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace freellm::wire {
namespace {

TEST(HeaderList, FindsNamesWithoutRegardToCase) {
  HeaderList headers;
  headers.add("X-RateLimit-Reset", "17s");

  EXPECT_EQ(headers.find("x-ratelimit-reset"), "17s");
  EXPECT_EQ(headers.find("x-ratelimit-rese"), std::nullopt);
}

TEST(HeaderList, FindReturnsTheFirstOfSeveral) {
  HeaderList headers;
  headers.add("Via", "one");
  headers.add("via", "two");

  EXPECT_EQ(headers.find("VIA"), "one");
  EXPECT_EQ(headers.count("Via"), 2U);
}

TEST(HeaderList, KeepsOrderCaseAndValuesWhileItGrows) {
  HeaderList headers;
  for (int i = 0; i < 200; ++i) headers.add("Name-" + std::to_string(i), std::string(i, 'v'));

  int i = 0;
  for (const auto& [name, value] : headers.fields()) {
    EXPECT_EQ(name, "Name-" + std::to_string(i));
    EXPECT_EQ(value.size(), static_cast<std::size_t>(i));
    ++i;
  }
  EXPECT_EQ(i, 200);
}

TEST(HeaderList, SurvivesBeingMoved) {
  HeaderList headers;
  headers.add("A", "short");
  const HeaderList moved = std::move(headers);

  EXPECT_EQ(moved.find("a"), "short");
}

TEST(HeaderList, ClearForgetsTheFields) {
  HeaderList headers;
  headers.add("A", "1");
  headers.clear();
  headers.add("B", "2");

  EXPECT_FALSE(headers.contains("A"));
  EXPECT_EQ(headers.find("B"), "2");
  EXPECT_EQ(headers.size(), 1U);
}

TEST(HeaderList, AnEmptyValueIsFoundAndEmpty) {
  HeaderList headers;
  headers.add("Accept", "");

  EXPECT_EQ(headers.find("accept"), "");
}

TEST(HopByHop, CoversTheFixedSetAndWhatConnectionNames) {
  HeaderList headers;
  headers.add("Connection", "close, X-Internal");
  headers.add("Connection", "X-Second");

  EXPECT_TRUE(is_hop_by_hop("transfer-encoding", headers));
  EXPECT_TRUE(is_hop_by_hop("Connection", headers));
  EXPECT_TRUE(is_hop_by_hop("x-internal", headers));
  EXPECT_TRUE(is_hop_by_hop("X-SECOND", headers));
  EXPECT_FALSE(is_hop_by_hop("Content-Type", headers));
}

TEST(ListHasToken, ComparesWholeTokensWithoutSpaces) {
  EXPECT_TRUE(list_has_token("keep-alive ,\tUpgrade", "upgrade"));
  EXPECT_FALSE(list_has_token("keep-alive-not", "keep-alive"));
  EXPECT_FALSE(list_has_token("", "close"));
}

}  // namespace
}  // namespace freellm::wire
