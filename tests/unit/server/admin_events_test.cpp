#include <gtest/gtest.h>

#include "freellm/server/admin/events.hpp"

namespace freellm::server::admin {
namespace {

TEST(EventHub, GivesAFeedWhatCameAfterItsCursor) {
  EventHub hub;
  const auto feed = hub.open_feed([] {});
  const auto begin = hub.last_id();
  hub.publish("key", "{\"a\":1}");
  hub.publish("quota", "{}");

  const auto batch = hub.after(begin);

  const auto id = std::to_string(begin + 1);
  EXPECT_FALSE(batch.missed);
  EXPECT_EQ(batch.frames.substr(0, batch.frames.find("\n\n")),
            "id: " + id + "\nevent: key\ndata: {\"a\":1}");
  EXPECT_EQ(batch.cursor, begin + 2);
  EXPECT_EQ(hub.after(batch.cursor).frames, "");
}

TEST(EventHub, TellsASlowReaderThatEventsAreGone) {
  EventHub hub;
  const auto feed = hub.open_feed([] {});
  const auto begin = hub.last_id();
  for (std::size_t i = 0; i <= EventHub::kRing; ++i) hub.publish("key", "{}");

  const auto batch = hub.after(begin);

  EXPECT_TRUE(batch.missed);
  EXPECT_EQ(batch.frames, "");
  EXPECT_EQ(batch.cursor, hub.last_id());
  EXPECT_FALSE(hub.after(batch.cursor).missed);
}

TEST(EventHub, TakesAnIdOfAnotherProcessForAGap) {
  EventHub hub;
  const auto feed = hub.open_feed([] {});

  EXPECT_TRUE(hub.after(hub.last_id() + 100).missed);
}

TEST(EventHub, LeavesAGapWhereNobodyWatched) {
  EventHub hub;
  auto feed = hub.open_feed([] {});
  hub.publish("key", "{}");
  const auto seen = hub.last_id();
  feed.reset();

  feed = hub.open_feed([] {});

  EXPECT_TRUE(hub.after(seen).missed) << "requests in between were not told";
  EXPECT_FALSE(hub.after(hub.last_id()).missed);
}

TEST(EventHub, SaysWhenTheFirstFeedComesAndTheLastGoes) {
  EventHub hub;
  std::vector<bool> told;
  hub.set_watcher([&](bool is_watched) { told.push_back(is_watched); });

  auto one = hub.open_feed([] {});
  auto other = hub.open_feed([] {});
  one.reset();
  EXPECT_EQ(told, (std::vector<bool>{true}));
  other.reset();

  EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

TEST(EventHub, BoundsItsFeedsAndOpensNoneOnceClosed) {
  EventHub hub;
  int rung = 0;
  std::vector<std::shared_ptr<EventHub::Feed>> feeds;
  for (std::size_t i = 0; i < EventHub::kMaxFeeds; ++i)
    feeds.push_back(hub.open_feed([&] { ++rung; }));
  EXPECT_EQ(hub.open_feed([] {}), nullptr);
  feeds.pop_back();
  feeds.push_back(hub.open_feed([&] { ++rung; }));
  ASSERT_NE(feeds.back(), nullptr);

  hub.close();

  EXPECT_EQ(rung, static_cast<int>(EventHub::kMaxFeeds));
  feeds.clear();
  EXPECT_EQ(hub.open_feed([] {}), nullptr);
}

}  // namespace
}  // namespace freellm::server::admin
