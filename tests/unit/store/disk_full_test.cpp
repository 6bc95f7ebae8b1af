// A disk without room: changes are refused with words that help, log rows are lost and counted,
// nothing is damaged, and all goes on when there is room again.
#include <gtest/gtest.h>

#include "freellm/store/settings.hpp"
#include "freellm/store/usage_log.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class DiskFull : public StoreTest {
 protected:
  /// max_page_count makes SQLite answer SQLITE_FULL as a full disk does.
  void leave_pages(std::int64_t spare) {
    change<bool>([&](Db& db) -> Result<bool> {
      const auto pages = (*db.scalar("PRAGMA page_count")).value();
      return db.exec("PRAGMA max_page_count = " + std::to_string(pages + spare)).has_value();
    });
  }
  Status put(const std::string& name, std::size_t bytes) {
    auto done = store_->writer()
                    .change<bool>([&](Db& db) -> Result<bool> {
                      if (auto status = put_setting(db, name, std::string(bytes, 'x')); !status)
                        return status.error();
                      return true;
                    })
                    .get();
    if (!done) return done.error();
    return {};
  }
  void log_rows(int count) {
    for (int i = 0; i < count; ++i) {
      RequestRecord row;
      row.request_id = "request-" + std::to_string(i) + std::string(200, '-');
      row.at = kNoon;
      store_->writer().log(std::move(row));
    }
  }
};

TEST_F(DiskFull, RefusesAChangeInClearWordsAndKeepsTheOldValue) {
  ASSERT_TRUE(put("small", 10));
  leave_pages(0);

  const Status refused = put("small", 200'000);

  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the disk is full"), std::string::npos)
      << refused.error().message;
  Db db = look();
  EXPECT_EQ((*get_setting(db, "small"))->size(), 10U);
}

TEST_F(DiskFull, LosesAndCountsLogRowsAndGoesOnAfterwards) {
  leave_pages(0);
  log_rows(500);
  EXPECT_FALSE(store_->writer().flush());
  EXPECT_EQ(store_->writer().stats().failed_rows, 500U);

  leave_pages(100'000);
  log_rows(500);

  EXPECT_TRUE(store_->writer().flush());
  EXPECT_EQ(store_->writer().stats().written_rows, 500U);
  Db db = look();
  EXPECT_EQ(
      (*db.scalar("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"))
          .value(),
      0);
}

}  // namespace
}  // namespace freellm::store
