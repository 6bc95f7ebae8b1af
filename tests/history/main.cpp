// freellm-history DATABASE [KEY]: puts made-up requests into the database of a stopped daemon, by
// the same code that logs real ones.
//
// Standard input: one JSON object per request, oldest first (web/e2e/real/history.mjs writes them).
// KEY: id of a provider key that is made unreadable, as another master key would make it.

#include <cstdio>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "freellm/store/usage_log.hpp"

namespace {

using freellm::Millis;
using freellm::WallTime;
using freellm::chat::FailureClass;
using freellm::store::Db;
using Json = nlohmann::json;

/// Rows in one transaction.
constexpr std::size_t kBatch = 5'000;

template <class Outcome>
void check(const Outcome& outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().message);
}

FailureClass failure_of(const std::string& name) {
  for (int value = 0; value < 64; ++value) {
    const auto failure = static_cast<FailureClass>(value);
    if (freellm::chat::to_string(failure) == name) return failure;
    if (failure == FailureClass::client_gone) break;
  }
  throw std::runtime_error("no such failure: " + name);
}

/// Ids of platforms by their short names.
using Platforms = std::map<std::string, freellm::PlatformId, std::less<>>;

Platforms platforms_of(Db& db) {
  auto rows = db.prepare("SELECT slug, id FROM platform");
  check(rows);
  Platforms platforms;
  for (;;) {
    const auto row = rows->step();
    check(row);
    if (!*row) return platforms;
    platforms[std::string{rows->text(0)}] =
        freellm::PlatformId{static_cast<std::int32_t>(rows->integer(1))};
  }
}

freellm::store::RouteIds route_of(const Json& row, const Platforms& platforms) {
  return {platforms.at(row.at("platform").get<std::string>()),
          freellm::ModelId{row.at("model_id").get<std::int32_t>()},
          freellm::KeyId{row.at("key_id").get<std::int64_t>()}};
}

freellm::store::FailedAttempt attempt_of(const Json& row, const Platforms& platforms) {
  return {.route = route_of(row, platforms),
          .failure = failure_of(row.at("failure")),
          .http_status = row.at("status"),
          .started_after = Millis{row.at("after_ms").get<std::int64_t>()},
          .duration = Millis{row.at("took_ms").get<std::int64_t>()},
          .message = row.at("message")};
}

freellm::store::RequestRecord record_of(const Json& row, const Platforms& platforms) {
  freellm::store::RequestRecord record;
  record.request_id = row.at("id");
  record.at = WallTime{Millis{row.at("at").get<std::int64_t>()}};
  record.requested_model = row.at("requested");
  record.route = route_of(row, platforms);
  record.status = row.at("status");
  record.error_code = row.at("error");
  record.stream = row.at("stream");
  record.latency = Millis{row.at("latency_ms").get<std::int64_t>()};
  if (!row.at("ttft_ms").is_null()) record.ttft = Millis{row.at("ttft_ms").get<std::int64_t>()};
  record.upstream_latency = Millis{row.at("upstream_ms").get<std::int64_t>()};
  record.usage.prompt_tokens = row.at("prompt");
  record.usage.completion_tokens = row.at("completion");
  record.usage.total_tokens = record.usage.prompt_tokens + record.usage.completion_tokens;
  record.usage.estimated = row.at("estimated");
  for (const auto& attempt : row.at("failed"))
    record.failed_attempts.push_back(attempt_of(attempt, platforms));
  return record;
}

freellm::store::QuotaBooking booking_of(std::int64_t id,
                                        const freellm::store::RequestRecord& record) {
  return {.id = id,
          .route = record.route,
          .at = record.at,
          .state = freellm::store::BookingState::settled,
          .requests = 1,
          .tokens = record.usage.total_tokens};
}

class History {
 public:
  History(Db& db, std::int64_t first_booking)
      : db_(db), platforms_(platforms_of(db)), next_booking_(first_booking) {}

  void add(const Json& row) {
    records_.push_back(record_of(row, platforms_));
    if (row.at("booked").get<bool>())
      bookings_.push_back(booking_of(next_booking_++, records_.back()));
    if (records_.size() >= kBatch) write();
  }

  void write() {
    check(db_.run("BEGIN IMMEDIATE"));
    check(freellm::store::write_requests(db_, records_));
    check(freellm::store::write_bookings(db_, bookings_));
    check(db_.run("COMMIT"));
    records_.clear();
    bookings_.clear();
  }

 private:
  Db& db_;
  Platforms platforms_;
  std::int64_t next_booking_;
  std::vector<freellm::store::RequestRecord> records_;
  std::vector<freellm::store::QuotaBooking> bookings_;
};

void run(const char* file, const char* key) {
  auto db = Db::open(file, Db::Mode::read_write);
  check(db);
  check(db->run("PRAGMA synchronous = OFF"));
  const auto first_booking = freellm::store::next_booking_id(*db);
  check(first_booking);
  History history{*db, *first_booking};
  for (std::string line; std::getline(std::cin, line);) history.add(Json::parse(line));
  history.write();
  if (key == nullptr) return;
  const auto id = static_cast<std::int64_t>(std::stoll(key));
  check(
      db->run("UPDATE provider_key SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || "
              "x'00' AS BLOB) WHERE id = ?",
              id));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fputs("usage: freellm-history DATABASE [KEY] <requests.jsonl\n", stderr);
    return 2;
  }
  try {
    run(argv[1], argc == 3 ? argv[2] : nullptr);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "freellm-history: %s\n", problem.what());
    return 1;
  }
  return 0;
}
