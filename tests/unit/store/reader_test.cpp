#include "freellm/store/reader.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "freellm/store/settings.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class ReaderTest : public StoreTest {};

TEST_F(ReaderTest, SeesWhatHasBeenCommitted) {
  change<bool>([](Db& db) -> Result<bool> { return put_setting(db, "a", "b").has_value(); });
  std::promise<std::optional<std::string>> value;

  ASSERT_TRUE(store_->reader().post([&](Db& db) { value.set_value(*get_setting(db, "a")); }));

  EXPECT_EQ(value.get_future().get(), "b");
}

TEST_F(ReaderTest, CannotWrite) {
  std::promise<Status> outcome;

  ASSERT_TRUE(store_->reader().post([&](Db& db) { outcome.set_value(put_setting(db, "a", "b")); }));

  EXPECT_FALSE(outcome.get_future().get());
}

TEST_F(ReaderTest, RefusesBeyondItsBoundInsteadOfQueueing) {
  std::promise<void> entered;
  std::promise<void> released;
  Reader reader{look(), 2};  // its thread uses the promises to the end
  ASSERT_TRUE(reader.post([&](Db&) {
    entered.set_value();
    released.get_future().wait();
  }));
  entered.get_future().wait();

  ASSERT_TRUE(reader.post([](Db&) {}));
  ASSERT_TRUE(reader.post([](Db&) {}));
  const auto refused = reader.post([](Db&) {});
  released.set_value();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().http_status, 503);
}

TEST_F(ReaderTest, GoesOnAfterAJobThatThrows) {
  std::promise<void> ran;
  ASSERT_TRUE(store_->reader().post([](Db&) { throw std::runtime_error("boom"); }));

  ASSERT_TRUE(store_->reader().post([&](Db&) { ran.set_value(); }));

  ran.get_future().wait();
}

TEST_F(ReaderTest, OnceStoppedRunsNothingMore) {
  std::promise<void> entered;
  bool ended = false;
  Reader reader{look()};
  ASSERT_TRUE(reader.post([&](Db&) {
    entered.set_value();
    ended = true;
  }));
  entered.get_future().wait();

  reader.stop();

  EXPECT_TRUE(ended);
  const auto refused = reader.post([](Db&) { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().http_status, 503);
}

}  // namespace
}  // namespace freellm::store
