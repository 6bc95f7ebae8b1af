// freellm-fill-log DATA_DIR ROWS [DAYS]: writes that many requests into a database that the daemon
// has made, through the store's own writer, spread over the last DAYS days. For
// scripts/bench-analytics.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "freellm/store/store.hpp"

namespace {

using namespace freellm;
using store::RouteIds;

/// A catalog in use: two keys per platform; few routes get most of the traffic.
std::vector<RouteIds> routes_of(store::Store& store) {
  std::vector<RouteIds> routes;
  auto db = store.connect_read_only();
  auto rows = db->prepare("SELECT platform_id, id FROM model ORDER BY id");
  for (;;) {
    const auto row = rows->step();
    if (!row || !*row) return routes;
    for (std::int64_t key = 1; key <= 2; ++key) {
      routes.push_back({PlatformId{static_cast<std::int32_t>(rows->integer(0))},
                        ModelId{static_cast<std::int32_t>(rows->integer(1))},
                        KeyId{rows->integer(0) * 2 + key}});
    }
  }
}

class Traffic {
 public:
  explicit Traffic(std::vector<RouteIds> routes) : routes_(std::move(routes)) {
    std::vector<double> weights;
    for (std::size_t i = 0; i < routes_.size(); ++i)
      weights.push_back(1.0 / std::pow(1.0 + static_cast<double>(i), 1.1));
    pick_ = std::discrete_distribution<std::size_t>{weights.begin(), weights.end()};
  }

  store::RequestRecord next(std::int64_t number, WallTime at, bool with_explain) {
    store::RequestRecord record;
    record.request_id = "req_bench" + std::to_string(number);
    record.at = at;
    record.requested_model = "auto";
    record.route = routes_[pick_(random_)];
    record.status = 200;
    record.stream = random_() % 2 == 0;
    record.latency = Millis{static_cast<std::int64_t>(latency_(random_))};
    record.ttft = record.latency / 4;
    record.upstream_latency = record.latency;
    const auto tokens = static_cast<std::int64_t>(random_() % 2'000);
    record.usage = {
        .prompt_tokens = tokens, .completion_tokens = tokens / 3, .total_tokens = tokens};
    if (random_() % 12 == 0) fail(record);
    if (with_explain) record.explain_json = std::string(600, 'x');
    return record;
  }

 private:
  void fail(store::RequestRecord& record) {
    constexpr chat::FailureClass kClasses[] = {chat::FailureClass::rate_limited,
                                               chat::FailureClass::provider_error,
                                               chat::FailureClass::timed_out};
    record.failed_attempts.push_back({.route = routes_[pick_(random_)],
                                      .failure = kClasses[random_() % 3],
                                      .http_status = random_() % 2 == 0 ? 429 : 500,
                                      .message = "the provider's words"});
    if (random_() % 6 != 0) return;
    record.status = 502;
    record.error_code = "upstream_failed";
  }

  std::vector<RouteIds> routes_;
  std::mt19937_64 random_{42};
  std::discrete_distribution<std::size_t> pick_;
  std::lognormal_distribution<double> latency_{6.5, 0.9};
};

int fail(const std::string& why) {
  std::fprintf(stderr, "freellm-fill-log: %s\n", why.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return fail("usage: freellm-fill-log DATA_DIR ROWS [DAYS]");
  const std::int64_t count = std::atoll(argv[2]);
  const std::int64_t days = argc > 3 ? std::atoll(argv[3]) : 89;
  auto opened = store::Store::open({.data_dir = argv[1], .master_key_hex = {}, .writer = {}});
  if (!opened) return fail(opened.error().message);
  auto& store = **opened;
  auto routes = routes_of(store);
  if (routes.empty()) return fail("no models: start the daemon on this directory once before");
  Traffic traffic{std::move(routes)};
  const auto now = std::chrono::system_clock::now();
  const auto step = std::chrono::hours{24 * days} / count;
  for (std::int64_t i = 0; i < count; ++i) {
    store.writer().log(traffic.next(i, now - step * (count - i), count - i <= 100'000));
    if (i % 20'000 != 19'999) continue;
    if (const auto flushed = store.writer().flush(); !flushed) return fail(flushed.error().message);
  }
  if (const auto flushed = store.writer().flush(); !flushed) return fail(flushed.error().message);
  const auto stats = store.writer().stats();
  std::printf("%llu rows written, %llu dropped\n",
              static_cast<unsigned long long>(stats.written_rows),
              static_cast<unsigned long long>(stats.dropped_rows));
  return stats.dropped_rows == 0 ? 0 : 1;
}
