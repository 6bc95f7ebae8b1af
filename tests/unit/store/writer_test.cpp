#include "freellm/store/writer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include "freellm/store/migrations.hpp"
#include "freellm/store/patient_change.hpp"
#include "freellm/store/usage_log.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

using namespace std::chrono_literals;

RequestRecord record(const std::string& id) {
  RequestRecord request;
  request.request_id = id;
  request.at = kNoon;
  request.status = 200;
  return request;
}

/// Spins until `is_true`; the bound only turns a hang into a failure.
template <class Condition>
bool eventually(Condition is_true) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    EXPECT_TRUE(migrate(look_));
    EXPECT_TRUE(look_.exec("PRAGMA journal_mode = WAL"));
  }

  Db connect() { return *Db::open(file_, Db::Mode::create); }
  std::int64_t count(const std::string& sql = "SELECT count(*) FROM request_log") {
    return **look_.scalar(sql);
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "writer.db";
  Db look_ = connect();
};

/// Keeps the writer's thread busy until released.
class Blocker {
 public:
  explicit Blocker(Writer& writer) {
    writer.change(
        [this](Db&) -> Status {
          entered_.set_value();
          released_.get_future().wait();
          return {};
        },
        nullptr);
    entered_.get_future().wait();
  }
  void release() { released_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> released_;
};

TEST_F(WriterTest, HasWrittenEverythingOnceFlushed) {
  Writer writer{connect()};
  for (int i = 0; i < 300; ++i) writer.log(record("r" + std::to_string(i)));

  ASSERT_TRUE(writer.flush());

  EXPECT_EQ(count(), 300);
  EXPECT_EQ(writer.stats().written_rows, 300U);
  EXPECT_EQ(writer.stats().queued_rows, 0U);
}

TEST_F(WriterTest, WritesByItselfAfterTheDelay) {
  Writer writer{connect(), {.max_delay = 1ms}};

  writer.log(record("a"));

  EXPECT_TRUE(eventually([&] { return writer.stats().written_rows == 1; }));
}

TEST_F(WriterTest, WritesAFullBatchWithoutWaitingForTheDelay) {
  Writer writer{connect(), {.max_delay = 1h, .batch_rows = 10}};

  for (int i = 0; i < 10; ++i) writer.log(record("a"));

  EXPECT_TRUE(eventually([&] { return writer.stats().written_rows == 10; }));
}

TEST_F(WriterTest, WakesUpOncePerBatchAndNotPerRow) {
  Writer writer{connect(), {.max_delay = 1h}};
  for (int i = 0; i < 1000; ++i) writer.log(record("a"));

  ASSERT_TRUE(writer.flush());

  EXPECT_LE(writer.stats().wakeups, 2U);
}

TEST_F(WriterTest, WritesWhatIsQueuedBeforeItEnds) {
  {
    Writer writer{connect(), {.max_delay = 1h}};
    writer.log(record("a"));
    writer.journal({.id = 1, .at = kNoon});
  }

  EXPECT_EQ(count(), 1);
  EXPECT_EQ(count("SELECT count(*) FROM quota_journal"), 1);
}

TEST_F(WriterTest, DropsTheOldestRowsWhenTheQueueIsFullAndCountsThem) {
  Writer writer{connect(), {.max_delay = 1h, .max_queued_rows = 4}};
  Blocker blocker{writer};
  for (int i = 0; i < 7; ++i) writer.log(record(std::to_string(i)));

  blocker.release();
  ASSERT_TRUE(writer.flush());

  EXPECT_EQ(count(), 4);
  EXPECT_EQ(count("SELECT min(CAST(request_id AS INTEGER)) FROM request_log"), 3);
  EXPECT_EQ(count("SELECT CAST(request_id AS INTEGER) FROM request_log ORDER BY id LIMIT 1"), 3);
  EXPECT_EQ(writer.stats().dropped_rows, 3U);
}

TEST_F(WriterTest, LeavesOutExplainRecordsBeyondTheirBoundButKeepsTheRows) {
  Writer writer{connect(), {.max_delay = 1h, .max_queued_bytes = 100}};
  Blocker blocker{writer};
  for (int i = 0; i < 3; ++i) {
    auto request = record("r");
    request.explain_json = std::string(60, 'x');
    writer.log(std::move(request));
  }

  blocker.release();
  ASSERT_TRUE(writer.flush());

  EXPECT_EQ(count(), 3);
  EXPECT_EQ(count("SELECT count(*) FROM explain_record"), 1);
  EXPECT_EQ(writer.stats().dropped_explains, 2U);
}

TEST_F(WriterTest, RunsAChangeAfterTheRowsQueuedBeforeIt) {
  Writer writer{connect(), {.max_delay = 1h}};
  writer.log(record("a"));

  auto seen = writer.change<std::int64_t>([](Db& db) -> Result<std::int64_t> {
    return **db.scalar("SELECT count(*) FROM request_log");
  });

  EXPECT_EQ(*seen.get(), 1);
}

TEST_F(WriterTest, MakesAChangeDurable) {
  Writer writer{connect()};

  auto synchronous = writer.change<std::int64_t>(
      [](Db& db) -> Result<std::int64_t> { return **db.scalar("PRAGMA synchronous"); });

  EXPECT_EQ(*synchronous.get(), 2);  // FULL: the WAL is fsynced at commit
}

TEST_F(WriterTest, RollsBackAChangeThatFails) {
  Writer writer{connect()};

  auto outcome = writer.change<int>([](Db& db) -> Result<int> {
    EXPECT_TRUE(db.run("INSERT INTO setting VALUES ('a', 'b')"));
    return Error{.kind = ErrorKind::bad_request, .message = "no"};
  });

  EXPECT_EQ(outcome.get().error().message, "no");
  EXPECT_EQ(count("SELECT count(*) FROM setting"), 0);
}

TEST_F(WriterTest, RollsBackAChangeThatThrowsAndGoesOn) {
  Writer writer{connect()};

  auto outcome = writer.change<int>([](Db& db) -> Result<int> {
    EXPECT_TRUE(db.run("INSERT INTO setting VALUES ('a', 'b')"));
    throw std::runtime_error("boom");
  });

  EXPECT_FALSE(outcome.get());
  EXPECT_EQ(count("SELECT count(*) FROM setting"), 0);
  EXPECT_TRUE(writer.flush());
}

TEST_F(WriterTest, AcknowledgesAChangeOnlyOnceOthersCanSeeIt) {
  Writer writer{connect()};
  std::promise<std::int64_t> seen;

  writer.change([](Db& db) { return db.run("INSERT INTO setting VALUES ('a', 'b')"); },
                [&](const Status& status) {
                  EXPECT_TRUE(status);
                  Db other = *Db::open(file_, Db::Mode::read_only);
                  seen.set_value(**other.scalar("SELECT count(*) FROM setting"));
                });

  EXPECT_EQ(seen.get_future().get(), 1);
}

TEST_F(WriterTest, CountsRowsLostToAFullDiskAndRecovers) {
  Writer writer{connect(), {.max_delay = 1h}};
  const auto limit_pages = [&](const std::string& pages) {
    return writer
        .change<bool>([=](Db& db) -> Result<bool> {
          auto status = db.exec("PRAGMA max_page_count = " + pages);
          if (!status) return status.error();
          return true;
        })
        .get();
  };
  ASSERT_TRUE(limit_pages("1"));  // SQLite raises it to the current size: not one page more
  auto large = record("large");
  std::minstd_rand random{1};  // what cannot be shrunk
  for (int i = 0; i < 100'000; ++i) large.explain_json += static_cast<char>('!' + random() % 90);

  writer.log(large);
  const auto full = writer.flush();
  ASSERT_TRUE(limit_pages("1000000"));
  writer.log(large);
  const auto recovered = writer.flush();

  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("disk is full"), std::string::npos) << full.error().message;
  EXPECT_TRUE(recovered);
  EXPECT_EQ(writer.stats().failed_rows, 1U);
  EXPECT_EQ(count(), 1);
}

TEST_F(WriterTest, TakesRowsAndChangesFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  Writer writer{connect(), {.max_delay = 1ms, .batch_rows = 64}};

  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        writer.log(record("r"));
        writer.journal({.id = t * kEach + i + 1, .at = kNoon});
        if (i % 100 == 0) {
          auto done = writer.change<bool>([](Db& db) -> Result<bool> {
            if (auto status = db.run("INSERT INTO secret (name, sealed, updated_at) VALUES "
                                     "(hex(randomblob(8)), x'00', 0)");
                !status) {
              return status.error();
            }
            return true;
          });
          EXPECT_TRUE(done.get());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(writer.flush());

  EXPECT_EQ(count(), kThreads * kEach);
  EXPECT_EQ(count("SELECT count(*) FROM quota_journal"), kThreads * kEach);
  EXPECT_EQ(count("SELECT count(*) FROM secret"), kThreads * kEach / 100);
  EXPECT_EQ(count("SELECT sum(requests) FROM rollup WHERE span = 2"), kThreads * kEach);
}

TEST_F(WriterTest, KeepsNobodyWaitingForADiskThatHangs) {
  Writer writer{connect(), {.max_stall = 0ms}};
  Blocker blocker{writer};
  std::optional<Status> told;

  writer.flush([&](Status status) { told = std::move(status); });

  EXPECT_TRUE(told.has_value() && !*told);
  blocker.release();
  EXPECT_TRUE(writer.flush());
}

TEST_F(WriterTest, WaitsNoLongerThanItWasToldTo) {
  Writer writer{connect(), {.max_stall = 0ms}};
  Blocker blocker{writer};
  bool has_begun = false;
  writer.log(record("r"));

  const Status flushed = writer.flush_within(1ms);
  const Status changed = change_within(writer, 1ms, [&](Db&) -> Status {
    has_begun = true;
    return {};
  });

  EXPECT_EQ(flushed.error().code, "busy");
  EXPECT_EQ(changed.error().code, "busy");
  EXPECT_TRUE(writer.stats().is_stalled);
  blocker.release();
  EXPECT_TRUE(writer.flush_within(1h));
  EXPECT_EQ(count(), 1);
  EXPECT_FALSE(has_begun) << "what was given up must not happen later";
  EXPECT_TRUE(change_within(writer, 1h, [&](Db&) -> Status { return {}; }));
}

TEST_F(WriterTest, HoldsABoundedNumberOfThoseWhoWaitForTheirRows) {
  constexpr int kMany = 5'000;
  Writer writer{connect(), {.max_stall = 1h}};
  Blocker blocker{writer};
  std::atomic<int> refused{0};
  std::atomic<int> written{0};

  for (int i = 0; i < kMany; ++i)
    writer.flush([&](Status status) { ++(status ? written : refused); });

  EXPECT_EQ(refused, kMany - 4'096);
  blocker.release();
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(written, 4'096);
}

TEST_F(WriterTest, TellsOfRowsBeforeItTurnsToTheChangesThatWait) {
  Writer writer{connect(), {.max_stall = 1h}};
  Blocker blocker{writer};
  std::vector<std::string> order;
  writer.change(
      [&](Db&) -> Status {
        order.emplace_back("change");
        return {};
      },
      nullptr);
  writer.log(record("r"));
  writer.flush([&](Status) { order.emplace_back("rows"); });

  blocker.release();

  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(order, (std::vector<std::string>{"rows", "change"}));
}

}  // namespace
}  // namespace freellm::store
