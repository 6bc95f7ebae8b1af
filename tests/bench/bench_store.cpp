// What a log row, a quota booking and a key's decryption cost. Disk: the directory named by TMPDIR
// or /tmp.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "freellm/store/migrations.hpp"
#include "freellm/store/usage_log.hpp"
#include "freellm/store/vault.hpp"
#include "freellm/store/writer.hpp"

namespace freellm::store {
namespace {

class ScratchDatabase {
 public:
  ScratchDatabase() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "freellm_bench_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;
  ~ScratchDatabase() { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Db open() const {
    Db db = *Db::open(directory_ / "bench.db", Db::Mode::create);
    (void)db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    (void)migrate(db);
    return db;
  }

 private:
  std::filesystem::path directory_;
};

std::vector<RequestRecord> batch(std::size_t rows) {
  std::vector<RequestRecord> records(rows);
  const WallTime start{std::chrono::seconds{1'760'011'200}};
  for (std::size_t i = 0; i < rows; ++i) {
    auto& record = records[i];
    record.request_id = "req-" + std::to_string(i * 2'654'435'761U % 1'000'003U);
    record.at = start + std::chrono::milliseconds{i};
    record.requested_model = "auto";
    record.route = {PlatformId{static_cast<std::int32_t>(i % 5)},
                    ModelId{static_cast<std::int32_t>(i % 20)}, KeyId{3}};
    record.status = 200;
    record.latency = Millis{800};
    record.usage = {.prompt_tokens = 500, .completion_tokens = 200, .total_tokens = 700};
  }
  return records;
}

/// One transaction of `range` rows; time per row is in the counter.
void BM_LogRows(benchmark::State& state) {
  const ScratchDatabase scratch;
  Db db = scratch.open();
  auto records = batch(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto transaction = Transaction::begin(db);
    if (!write_requests(db, records) || !transaction->commit()) state.SkipWithError("write failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_LogRows)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(256)
    ->Arg(1024)
    ->Arg(4096)
    ->Unit(benchmark::kMicrosecond);

/// Booked and settled: two journal entries each.
void BM_QuotaBookings(benchmark::State& state) {
  const ScratchDatabase scratch;
  Db db = scratch.open();
  std::int64_t id = 0;
  for (auto _ : state) {
    std::vector<QuotaBooking> bookings;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      bookings.push_back(
          {.id = ++id, .at = WallTime{std::chrono::seconds{1'760'011'200}}, .tokens = 700});
      bookings.push_back(bookings.back());
    }
    auto transaction = Transaction::begin(db);
    if (!write_bookings(db, bookings) || !transaction->commit())
      state.SkipWithError("write failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_QuotaBookings)->Arg(1)->Arg(100)->Arg(1024)->Unit(benchmark::kMicrosecond);

/// What a worker pays to hand over a row.
void BM_SubmitRow(benchmark::State& state) {
  const ScratchDatabase scratch;
  Writer writer{scratch.open(), {.batch_rows = 1U << 30}};
  const auto record = batch(1).front();
  for (auto _ : state) writer.log(record);
}
BENCHMARK(BM_SubmitRow);

void BM_OpenKey(benchmark::State& state) {
  const Vault vault{Secret{std::string(kKeyBytes, 'k')}};
  catalog::ProviderKey key;
  key.id = KeyId{7};
  key.sealed =
      *vault.seal(std::string(56, 's'), {.table = kProviderKeyTable, .row = 7, .owner = "groq"});
  for (auto _ : state) {
    auto secret = vault.open(key, "groq");
    benchmark::DoNotOptimize(secret);
  }
}
BENCHMARK(BM_OpenKey)->ThreadRange(1, 2);

}  // namespace
}  // namespace freellm::store
