#include "freellm/store/usage_log.hpp"

#include <gtest/gtest.h>

#include "freellm/store/migrations.hpp"
#include "freellm/store/sketch.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

using namespace std::chrono_literals;

constexpr RouteIds kFirst{PlatformId{1}, ModelId{11}, KeyId{111}};
constexpr RouteIds kSecond{PlatformId{2}, ModelId{22}, KeyId{222}};

RequestRecord served(const std::string& id, WallTime at = kNoon, RouteIds route = kFirst) {
  RequestRecord record;
  record.request_id = id;
  record.at = at;
  record.requested_model = "auto";
  record.route = route;
  record.status = 200;
  record.latency = 800ms;
  record.ttft = 200ms;
  record.usage = {.prompt_tokens = 10, .completion_tokens = 5, .total_tokens = 15};
  return record;
}

FailedAttempt failed(RouteIds route, chat::FailureClass failure) {
  FailedAttempt attempt;
  attempt.route = route;
  attempt.failure = failure;
  attempt.http_status = 429;
  attempt.started_after = 3ms;
  attempt.duration = 40ms;
  attempt.message = "slow down";
  return attempt;
}

class UsageLog : public testing::Test {
 protected:
  UsageLog() : db_(*Db::open(directory_.path() / "log.db", Db::Mode::create)) {
    EXPECT_TRUE(migrate(db_));
  }

  void write(const std::vector<RequestRecord>& records) {
    auto transaction =
        Transaction::begin(db_);  // as the writer does; else each row waits for the disk
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(write_requests(db_, records));
    ASSERT_TRUE(transaction->commit());
  }
  Rollup total(Span span = Span::day) {
    auto sums = read_rollups(db_, span, kNoon - 24h * 400, kNoon + 24h * 400, GroupBy::nothing);
    EXPECT_TRUE(sums);
    return sums->empty() ? Rollup{} : sums->front();
  }
  std::int64_t count(const std::string& table) {
    return **db_.scalar("SELECT count(*) FROM " + table);
  }
  void prune_all(const Retention& retention, WallTime now, std::int64_t limit = 500) {
    for (;;) {
      auto more = prune(db_, retention, now, limit);
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
  }

  TemporaryDirectory directory_;
  Db db_;
};

TEST_F(UsageLog, ReadsBackARequestWhole) {
  auto record = served("req-1");
  record.stream = true;
  record.upstream_latency = 700ms;
  record.usage.cached_tokens = 4;
  record.usage.reasoning_tokens = 2;
  record.usage.estimated = true;
  record.failed_attempts = {failed(kSecond, chat::FailureClass::rate_limited)};
  record.connect = 90ms;
  record.failed_attempts[0].connect = 30ms;
  record.failed_attempts[0].retry_after = 12s;
  record.failed_attempts[0].consequence = "This key rests for 12 s";
  record.explain_json = R"({"needs":{}})";
  write({record});

  const auto found = find_request(db_, "req-1");

  ASSERT_TRUE(found && *found);
  const auto& read = (*found)->record;
  EXPECT_EQ(read.at, kNoon);
  EXPECT_EQ(read.requested_model, "auto");
  EXPECT_EQ(read.route, kFirst);
  EXPECT_EQ(read.status, 200);
  EXPECT_TRUE(read.stream);
  EXPECT_EQ(read.latency, 800ms);
  EXPECT_EQ(read.ttft, 200ms);
  EXPECT_EQ(read.upstream_latency, 700ms);
  EXPECT_EQ(read.usage, record.usage);
  EXPECT_EQ(read.explain_json, record.explain_json);
  EXPECT_EQ((*found)->attempts, 2);
  ASSERT_EQ(read.failed_attempts.size(), 1U);
  EXPECT_EQ(read.failed_attempts[0].route, kSecond);
  EXPECT_EQ(read.failed_attempts[0].failure, chat::FailureClass::rate_limited);
  EXPECT_EQ(read.failed_attempts[0].message, "slow down");
  EXPECT_EQ(read.connect, 90ms);
  EXPECT_EQ(read.failed_attempts[0].connect, 30ms);
  EXPECT_EQ(read.failed_attempts[0].retry_after, 12s);
  EXPECT_EQ(read.failed_attempts[0].consequence, "This key rests for 12 s");
}

TEST_F(UsageLog, KeepsWhatTheClientWasToldUpToABound) {
  auto record = served("req-1");
  record.status = 400;
  record.error_code = "invalid_request";
  record.error_message = std::string(499, 'x') + "é and more";
  write({record});

  const auto found = find_request(db_, "req-1");

  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->record.error_message, std::string(499, 'x'));
  EXPECT_FALSE((*found)->record.connect);
}

TEST_F(UsageLog, KnowsEveryFailureClassByItsStoredName) {
  auto record = served("req-1");
  for (int value = 0; value <= static_cast<int>(chat::FailureClass::client_gone); ++value) {
    record.failed_attempts.push_back(failed(kFirst, static_cast<chat::FailureClass>(value)));
  }
  write({record});

  const auto attempts = (*find_request(db_, "req-1"))->record.failed_attempts;

  for (std::size_t i = 0; i < attempts.size(); ++i) {
    EXPECT_EQ(attempts[i].failure, static_cast<chat::FailureClass>(i));
  }
}

TEST_F(UsageLog, FindsTheNewestOfTwoRequestsWithOneId) {
  auto second = served("same");
  second.status = 429;
  write({served("same"), second});

  EXPECT_EQ((*find_request(db_, "same"))->record.status, 429);
}

TEST_F(UsageLog, KeepsAnAbsentTimeToFirstTokenAbsent) {
  auto record = served("a");
  record.ttft.reset();
  write({record});

  EXPECT_FALSE((*find_request(db_, "a"))->record.ttft);
  EXPECT_EQ(total().ttft_count, 0);
}

TEST_F(UsageLog, CutsLongTextsAtACharacterBoundary) {
  auto record = served("a");
  record.requested_model = std::string(255, 'm') + "\u20ac\u20ac";
  write({record});

  EXPECT_EQ((*find_request(db_, "a"))->record.requested_model, std::string(255, 'm'));
}

TEST_F(UsageLog, PagesBackwardsWithoutGapsOrRepeats) {
  std::vector<RequestRecord> records;
  for (int i = 0; i < 25; ++i) records.push_back(served(std::to_string(i)));
  write(records);

  std::vector<std::string> seen;
  RequestQuery query{.limit = 10};
  for (;;) {
    const auto page = read_requests(db_, query);
    ASSERT_TRUE(page);
    if (page->empty()) break;
    for (const auto& logged : *page) seen.push_back(logged.record.request_id);
    query.before_id = page->back().id;
  }

  ASSERT_EQ(seen.size(), 25U);
  EXPECT_EQ(seen.front(), "24");
  EXPECT_EQ(seen.back(), "0");
}

TEST_F(UsageLog, FiltersByPlatformModelAndErrors) {
  auto broken = served("broken", kNoon, kSecond);
  broken.status = 502;
  broken.error_code = "upstream_failed";
  write({served("fine"), broken, served("also fine", kNoon, kSecond)});

  EXPECT_EQ(read_requests(db_, {.platform = PlatformId{2}})->size(), 2U);
  EXPECT_EQ(read_requests(db_, {.model = ModelId{11}})->size(), 1U);
  EXPECT_EQ(read_requests(db_, {.platform = PlatformId{2}, .only_errors = true})->size(), 1U);
}

TEST_F(UsageLog, UsesAnIndexForEveryFilter) {
  for (const std::string where :
       {"request_id = 'x'", "id < 5 AND platform_id = 1", "id < 5 AND model_id = 1"}) {
    auto plan = db_.prepare("EXPLAIN QUERY PLAN SELECT * FROM request_log WHERE " + where +
                            " ORDER BY id DESC LIMIT 1");
    ASSERT_TRUE(*plan->step());
    EXPECT_EQ(plan->text(3).substr(0, 6), "SEARCH") << where;
    EXPECT_FALSE(*plan->step()) << "sorts: " << where;
  }
}

TEST_F(UsageLog, AddsUpRequestsOfOneBatchAndOfSeveral) {
  write({served("a"), served("b")});
  write({served("c")});

  for (const Span span : {Span::minute, Span::hour, Span::day}) {
    const auto sum = total(span);
    EXPECT_EQ(sum.requests, 3);
    EXPECT_EQ(sum.prompt_tokens, 30);
    EXPECT_EQ(sum.completion_tokens, 15);
    EXPECT_EQ(sum.latency_ms, 2400);
    EXPECT_EQ(sum.ttft_ms, 600);
    EXPECT_EQ(sum.ttft_count, 3);
  }
}

TEST_F(UsageLog, ChargesAFailedAttemptToTheRouteThatFailed) {
  auto record = served("a");
  record.failed_attempts = {failed(kSecond, chat::FailureClass::daily_quota),
                            failed(kSecond, chat::FailureClass::timed_out)};
  write({record});

  const auto platforms = read_rollups(db_, Span::hour, kNoon - 1h, kNoon + 1h, GroupBy::platform);

  ASSERT_EQ(platforms->size(), 2U);
  EXPECT_EQ((*platforms)[0].failed_attempts, 0);
  EXPECT_EQ((*platforms)[0].requests, 1);
  EXPECT_EQ((*platforms)[1].failed_attempts, 2);
  EXPECT_EQ((*platforms)[1].rate_limited, 1);
  EXPECT_EQ((*platforms)[1].requests, 0);
}

TEST_F(UsageLog, SeparatesTheCellsOfATimeline) {
  write({served("a", kNoon), served("b", kNoon + 59s), served("c", kNoon + 60s)});

  const auto minutes = read_rollups(db_, Span::minute, kNoon, kNoon + 10min, GroupBy::time);

  ASSERT_EQ(minutes->size(), 2U);
  EXPECT_EQ((*minutes)[0].start, kNoon);
  EXPECT_EQ((*minutes)[0].requests, 2);
  EXPECT_EQ((*minutes)[1].start, kNoon + 1min);
}

TEST_F(UsageLog, CountsErrorsByPlatformAndClass) {
  auto record = served("a");
  record.failed_attempts = {failed(kSecond, chat::FailureClass::timed_out),
                            failed(kSecond, chat::FailureClass::timed_out),
                            failed(kFirst, chat::FailureClass::bad_key)};
  write({record});

  const auto failures = read_failures(db_, kNoon - 1h, kNoon + 1h, kNoon);

  ASSERT_EQ(failures->size(), 2U);
  EXPECT_EQ((*failures)[0].platform, PlatformId{2});
  EXPECT_EQ((*failures)[0].failure, chat::to_string(chat::FailureClass::timed_out));
  EXPECT_EQ((*failures)[0].count, 2);
  EXPECT_EQ((*failures)[0].last_message, "slow down");
  EXPECT_EQ((*failures)[0].last_at, kNoon);
}

TEST_F(UsageLog, KeepsTheWordsOfTheNewestFailureWhateverTheOrderOfBatches) {
  auto newer = served("newer", kNoon + 2s);
  newer.failed_attempts = {failed(kSecond, chat::FailureClass::timed_out)};
  newer.failed_attempts[0].message = "newest";
  auto older = served("older", kNoon + 1s);
  older.failed_attempts = {failed(kSecond, chat::FailureClass::timed_out)};
  write({newer});
  write({older});

  const auto failures = read_failures(db_, kNoon - 1h, kNoon + 1h, kNoon);

  ASSERT_EQ(failures->size(), 1U);
  EXPECT_EQ((*failures)[0].count, 2);
  EXPECT_EQ((*failures)[0].last_message, "newest");
}

TEST_F(UsageLog, MakesNoCellsFromAProvidersInventedStatuses) {
  auto record = served("a");
  for (int status : {99, 600, 31'337, -4}) {
    record.failed_attempts.push_back(failed(kSecond, chat::FailureClass::provider_error));
    record.failed_attempts.back().http_status = status;
  }
  write({record});

  const auto failures = read_failures(db_, kNoon - 1h, kNoon + 1h, kNoon);

  ASSERT_EQ(failures->size(), 1U);
  EXPECT_EQ((*failures)[0].http_status, 0);
}

TEST_F(UsageLog, TellsPercentilesOfManyBatchesFromTheCells) {
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<RequestRecord> records;
    for (int i = 1; i <= 100; ++i) {
      auto record = served(std::to_string(i), kNoon, i % 2 == 0 ? kFirst : kSecond);
      record.latency = Millis{batch * 100 + i};
      records.push_back(record);
    }
    write(records);
  }
  auto lost = served("lost");
  lost.status = 502;
  lost.error_code = "upstream_failed";
  lost.latency = 1h;
  write({lost});

  const auto sum = read_range(db_, kNoon - 1h, kNoon + 1h, kNoon, GroupBy::nothing);

  ASSERT_EQ(sum->size(), 1U);
  EXPECT_EQ((*sum)[0].requests, 1001);
  for (const auto& [share, exact] : {std::pair{0.5, 500.0}, {0.95, 950.0}, {0.99, 990.0}}) {
    EXPECT_NEAR(*sketch_quantile((*sum)[0].latency_sketch, share), exact, exact / 32) << share;
  }
}

TEST_F(UsageLog, AStreamThatBrokeOffIsAFailureWhateverItsStatusSaid) {
  auto broken = served("broken");
  broken.error_code = "stream_broken";
  broken.failed_attempts = {failed(kFirst, chat::FailureClass::provider_error)};
  auto left = served("left");
  left.error_code = "client_closed_request";
  left.failed_attempts = {failed(kFirst, chat::FailureClass::client_gone)};
  write({broken, left});

  const auto sum = total();
  EXPECT_EQ(sum.failed_requests, 2);
  EXPECT_EQ(sum.cancelled, 1);
  EXPECT_EQ(sum.failed_attempts, 1) << "who hangs up is nobody's failure";
  EXPECT_EQ(sum.failovers, 0);
  EXPECT_EQ(read_requests(db_, {.only_errors = true})->size(), 2U);
  EXPECT_EQ((*find_request(db_, "broken"))->attempts, 1);
}

TEST_F(UsageLog, TellsHowRequestsEnded) {
  auto left = served("left");
  left.status = 499;
  left.error_code = "client_closed_request";
  left.failed_attempts = {failed(kFirst, chat::FailureClass::client_gone)};
  auto refused = served("refused", kNoon, RouteIds{});
  refused.status = 400;
  refused.error_code = "invalid_request";
  auto saved = served("saved", kNoon + 5s);
  saved.failed_attempts = {failed(kSecond, chat::FailureClass::timed_out)};
  write({left, refused, saved});

  const auto sum = read_range(db_, kNoon, kNoon + 1min, kNoon, GroupBy::nothing)->front();

  EXPECT_EQ(sum.requests, 3);
  EXPECT_EQ(sum.failed_requests, 2);
  EXPECT_EQ(sum.cancelled, 1);
  EXPECT_EQ(sum.rejected, 1);
  EXPECT_EQ(sum.failovers, 1);
  EXPECT_EQ(sum.failed_attempts, 1);
  EXPECT_EQ(sum.last_at, kNoon + 5s);
}

TEST_F(UsageLog, AddsUpARangeOfDaysHoursAndMinutesWithoutGapsOrRepeats) {
  std::vector<RequestRecord> records;
  for (int minutes = 0; minutes < 3 * 24 * 60; minutes += 7)
    records.push_back(served("r", kNoon - minutes * 1min));
  write(records);
  const auto from = kNoon - 47h;

  const auto by_cells = read_range(db_, from, kNoon + 1min, kNoon, GroupBy::platform);

  const auto inside = std::count_if(records.begin(), records.end(),
                                    [&](const auto& record) { return record.at >= from; });
  EXPECT_EQ(by_cells->front().requests, inside);
  EXPECT_EQ(read_range(db_, from, kNoon + 1min, kNoon, GroupBy::nothing)->front().requests, inside);
}

TEST_F(UsageLog, ReadsTheTimelineOfOnePlatformOrModel) {
  write({served("a"), served("b", kNoon, kSecond), served("c", kNoon, kSecond)});

  const auto of = [&](const RollupFilter& filter) {
    return read_rollups(db_, Span::hour, kNoon - 1h, kNoon + 1h, GroupBy::time, filter)->front();
  };
  EXPECT_EQ(of({}).requests, 3);
  EXPECT_EQ(of({.platform = kFirst.platform}).requests, 1);
  EXPECT_EQ(of({.model = kSecond.model}).requests, 2);
}

TEST_F(UsageLog, NeverReadsTheRawLogForSums) {
  write({served("a")});
  ASSERT_TRUE(db_.run("DELETE FROM request_log"));
  ASSERT_TRUE(db_.run("DELETE FROM failed_attempt"));

  EXPECT_EQ(read_range(db_, kNoon - 24h, kNoon + 1h, kNoon, GroupBy::model)->size(), 1U);
  EXPECT_EQ(read_range(db_, kNoon - 24h, kNoon + 1h, kNoon, GroupBy::key)->size(), 1U);
}

TEST_F(UsageLog, KeepsALongRoutingRecordShrunk) {
  auto record = served("long");
  record.explain_json = "[";
  for (int i = 0; i < 500; ++i) record.explain_json += R"({"verdict":"not_needed","model":"m"},)";
  record.explain_json += "0]";
  write({record});

  EXPECT_EQ((*find_request(db_, "long"))->record.explain_json, record.explain_json);
  EXPECT_LT(db_.scalar("SELECT length(body) FROM explain_record")->value(),
            static_cast<std::int64_t>(record.explain_json.size() / 10));
}

TEST_F(UsageLog, ForgetsOldRequestsWithAllThatHangsOnThem) {
  auto old = served("old", kNoon - 24h * 91);
  old.explain_json = "{}";
  old.failed_attempts = {failed(kSecond, chat::FailureClass::timed_out)};
  write({old, served("young", kNoon - 24h * 89)});

  prune_all({}, kNoon);

  EXPECT_FALSE(*find_request(db_, "old"));
  EXPECT_TRUE(*find_request(db_, "young"));
  EXPECT_EQ(count("failed_attempt"), 0);
  EXPECT_EQ(count("explain_record"), 0);
}

TEST_F(UsageLog, PrunesInSmallStepsUntilNothingIsLeftToDo) {
  std::vector<RequestRecord> records;
  for (int i = 0; i < 25; ++i) records.push_back(served(std::to_string(i), kNoon - 24h * 100));
  write(records);

  const auto first = prune(db_, {}, kNoon, 10);

  ASSERT_TRUE(first);
  EXPECT_TRUE(*first);
  EXPECT_EQ(count("request_log"), 15);
  prune_all({}, kNoon, 10);
  EXPECT_EQ(count("request_log"), 0);
}

TEST_F(UsageLog, KeepsAtMostTheConfiguredNumberOfRows) {
  std::vector<RequestRecord> records;
  for (int i = 0; i < 25; ++i) records.push_back(served(std::to_string(i)));
  write(records);

  prune_all({.max_rows = 7}, kNoon, 5);

  EXPECT_EQ(count("request_log"), 7);
  EXPECT_TRUE(*find_request(db_, "24"));
}

TEST_F(UsageLog, KeepsDayTotalsWhenTheLogIsGone) {
  write({served("old", kNoon - 24h * 200)});

  prune_all({}, kNoon);

  EXPECT_EQ(count("request_log"), 0);
  EXPECT_EQ(total(Span::minute).requests, 0);
  EXPECT_EQ(total(Span::hour).requests, 0);
  EXPECT_EQ(total(Span::day).requests, 1);
}

}  // namespace
}  // namespace freellm::store
