// GET /metrics: the worker's tallies, the router's state and the process, as Prometheus reads them.
// From memory alone, on a thread of its own: a disk that hangs is what one wants to read of here.
// Names of the field (OpenTelemetry's conventions for generative AI) where there are any.
#include <map>

#include "freellm/proxy/metrics.hpp"
#include "json.hpp"
#include "metric_text.hpp"
#include "process_facts.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

using proxy::ModelTally;

constexpr Millis kFreshFor{1'000};  ///< anyone may ask: asking often must cost nothing

struct Names {
  std::string_view platform, model;
};

/// The tallies of all workers for one model.
struct Row {
  Names names;
  std::vector<const ModelTally*> parts;

  template <class Get>
  [[nodiscard]] double sum(Get get) const {
    std::int64_t total = 0;
    for (const auto* part : parts) total += get(*part);
    return static_cast<double>(total);
  }
};

std::vector<Row> rows_of(const proxy::Metrics& metrics, const catalog::RouteTable& table) {
  std::vector<Row> rows;
  for (std::size_t id = 0; id < proxy::MetricShard::kModels; ++id) {
    Row row;
    for (const auto& shard : metrics.shards()) {
      if (const auto* part = shard.model(id)) row.parts.push_back(part);
    }
    if (row.parts.empty()) continue;
    const auto* model = table.model(ModelId{static_cast<std::int32_t>(id)});
    const auto* platform = table.platform(row.parts.front()->platform);
    if (id != 0 && (model == nullptr || platform == nullptr)) continue;  // left the catalog
    if (id != 0) row.names = {platform->slug, model->upstream_id};
    rows.push_back(std::move(row));
  }
  return rows;
}

template <class Member, std::size_t N>
void histogram(MetricText& out, const Row& row, Member member,
               const std::array<std::int64_t, N>& bounds, double unit,
               std::string_view token_type = {}) {
  std::vector<MetricText::Label> labels{{"gen_ai_operation_name", "chat"},
                                        {"gen_ai_provider_name", row.names.platform},
                                        {"gen_ai_response_model", row.names.model}};
  if (!token_type.empty()) labels.emplace_back("gen_ai_token_type", token_type);
  double below = 0;
  for (std::size_t bucket = 0; bucket <= N; ++bucket) {
    below += row.sum([&](const ModelTally& part) { return (part.*member).count(bucket); });
    const auto bound =
        bucket == N ? "+Inf" : metric_number(static_cast<double>(bounds[bucket]) / unit);
    labels.emplace_back("le", bound);
    out.sample(labels, below, "_bucket");
    labels.pop_back();
  }
  const auto sum = row.sum([&](const ModelTally& part) { return (part.*member).sum(); });
  out.sample(labels, sum / unit, "_sum");
  out.sample(labels, below, "_count");
}

void write_gen_ai(MetricText& out, const std::vector<Row>& rows) {
  constexpr double kMillis = 1'000;
  const auto is_served = [](const Row& row) {
    return row.sum([](const ModelTally& part) { return part.served_attempts.value(); }) > 0;
  };
  out.family("gen_ai_client_operation_duration_seconds", "histogram",
             "Time from a request's arrival to the last byte of its answer, failovers included.");
  for (const auto& row : rows) {
    if (is_served(row))
      histogram(out, row, &ModelTally::duration_ms, proxy::kDurationBoundsMs, kMillis);
  }
  out.family("gen_ai_server_time_to_first_token_seconds", "histogram",
             "Time from a request's arrival to the first content sent, failovers included.");
  for (const auto& row : rows) {
    if (is_served(row))
      histogram(out, row, &ModelTally::first_token_ms, proxy::kFirstTokenBoundsMs, kMillis);
  }
  out.family("gen_ai_client_token_usage", "histogram", "Tokens of answered requests.");
  for (const auto& row : rows) {
    if (!is_served(row)) continue;
    histogram(out, row, &ModelTally::input_tokens, proxy::kTokenBounds, 1, "input");
    histogram(out, row, &ModelTally::output_tokens, proxy::kTokenBounds, 1, "output");
  }
}

void write_requests(MetricText& out, const std::vector<Row>& rows) {
  constexpr std::string_view kEndings[proxy::kEndings] = {"2xx", "4xx", "5xx", "cancelled"};
  out.family("freellmapi_requests_total", "counter",
             "Chat requests by how they ended; without a platform when nothing was tried.");
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < proxy::kEndings; ++i) {
      const auto count = row.sum([&](const ModelTally& part) { return part.requests[i].value(); });
      if (count > 0)
        out.sample(
            {{"platform", row.names.platform}, {"model", row.names.model}, {"status", kEndings[i]}},
            count);
    }
  }
  out.family("freellmapi_fallback_requests_total", "counter",
             "Requests that were answered, but not at the first try, by who answered.");
  for (const auto& row : rows) {
    const auto count = row.sum([](const ModelTally& part) { return part.fallbacks.value(); });
    if (count > 0)
      out.sample({{"platform", row.names.platform}, {"model", row.names.model}}, count);
  }
  out.family("freellmapi_attempts_total", "counter", "Upstream tries by what came of them.");
  for (const auto& row : rows) {
    const auto sample = [&](std::string_view result, double count) {
      if (count > 0)
        out.sample(
            {{"platform", row.names.platform}, {"model", row.names.model}, {"result", result}},
            count);
    };
    sample("served", row.sum([](const ModelTally& part) { return part.served_attempts.value(); }));
    for (std::size_t i = 0; i < proxy::kFailureClasses; ++i) {
      sample(chat::to_string(static_cast<chat::FailureClass>(i)),
             row.sum([&](const ModelTally& part) { return part.failed_attempts[i].value(); }));
    }
  }
}

void write_quota(MetricText& out, const routing::QuotaSnapshot& snapshot,
                 const catalog::RouteTable& table) {
  // Keys are not told apart: what is left is summed over them.
  using Key = std::tuple<std::int32_t, std::int32_t, chat::LimitMetric, chat::LimitWindow>;
  std::map<Key, std::int64_t> left;
  for (const auto& row : snapshot.counters) {
    auto limit = row.configured;
    if (row.learned) limit = limit ? std::min(*limit, *row.learned) : *row.learned;
    if (!limit || table.platform(row.of.candidate.platform) == nullptr) continue;
    auto free = *limit - row.used;
    if (row.stated_left) free = std::min(free, *row.stated_left);
    left[{row.of.candidate.platform.value, row.of.candidate.model.value, row.metric, row.window}] +=
        std::max<std::int64_t>(0, free);
  }
  out.family(
      "freellmapi_quota_remaining", "gauge",
      "What is left of a limit, summed over keys; without a model when it is the platform's.");
  for (const auto& [key, free] : left) {
    const auto& [platform_id, model_id, metric, window] = key;
    const auto* model = table.model(ModelId{model_id});
    if (model_id != 0 && model == nullptr) continue;
    out.sample({{"platform", table.platform(PlatformId{platform_id})->slug},
                {"model", model == nullptr ? std::string_view{} : model->upstream_id},
                {"metric", name_of(metric)},
                {"window", name_of(window)}},
               static_cast<double>(free));
  }
  std::map<std::pair<std::string_view, std::string_view>, int> cooling;
  for (const auto& row : snapshot.cooldowns) {
    const auto* platform = table.platform(row.of.candidate.platform);
    if (platform != nullptr && row.until > snapshot.at)
      ++cooling[{platform->slug, chat::to_string(row.cause)}];
  }
  out.family("freellmapi_cooldowns", "gauge", "Cooldowns that run, by what caused them.");
  for (const auto& [key, count] : cooling)
    out.sample({{"platform", key.first}, {"cause", key.second}}, count);
  out.family("freellmapi_requests_waiting", "gauge", "Requests that wait for a free slot.");
  out.sample({}, snapshot.waiting);
}

void single(MetricText& out, std::string_view name, std::string_view type, std::string_view help,
            double value) {
  out.family(name, type, help);
  out.sample({}, value);
}

void write_state(MetricText& out, Admin& admin) {
  double running = 0;
  for (const auto& shard : admin.services.metrics.shards())
    running += static_cast<double>(shard.running());
  single(out, "freellmapi_requests_in_progress", "gauge",
         "Chat requests being served, streams included.", running);
  const auto connections = admin.daemon.connections();
  out.family("freellmapi_connections", "gauge",
             "Open connections: of clients, and idle ones to platforms.");
  out.sample({{"side", "client"}}, static_cast<double>(connections.clients));
  out.sample({{"side", "upstream_idle"}}, static_cast<double>(connections.upstream_idle));
  single(out, "freellmapi_request_body_bytes", "gauge", "Request bodies held in memory.",
         static_cast<double>(admin.services.counters.body_bytes_in_flight.load()));
  const auto store = admin.services.store.writer().stats();
  single(out, "freellmapi_store_queue_rows", "gauge", "Rows that wait for the database.",
         static_cast<double>(store.queued_rows));
  out.family("freellmapi_store_rows_total", "counter",
             "Rows written, dropped because the queue was full, lost because the database failed.");
  out.sample({{"result", "written"}}, static_cast<double>(store.written_rows));
  out.sample({{"result", "dropped"}}, static_cast<double>(store.dropped_rows));
  out.sample({{"result", "failed"}}, static_cast<double>(store.failed_rows));
  out.family("freellmapi_build_info", "gauge", "The program.");
  out.sample({{"version", admin.version}, {"compiler", admin.compiler}}, 1);
}

void write_process(MetricText& out) {
  const auto facts = process_facts();
  single(out, "process_cpu_seconds_total", "counter", "User and system time.", facts.cpu_seconds);
  single(out, "process_start_time_seconds", "gauge", "Since 1970.", facts.start_seconds);
  single(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
         static_cast<double>(facts.resident_bytes));
  single(out, "process_virtual_memory_bytes", "gauge", "Address space.",
         static_cast<double>(facts.virtual_bytes));
  single(out, "process_open_fds", "gauge", "Open descriptors.",
         static_cast<double>(facts.open_fds));
  single(out, "process_max_fds", "gauge", "Most that may be open.",
         static_cast<double>(facts.max_fds));
}

std::string render(Admin& admin, const routing::RouteIndex& index, Now now) {
  const auto& table = routing::table_of(index);
  MetricText out;
  const auto rows = rows_of(admin.services.metrics, table);
  write_gen_ai(out, rows);
  write_requests(out, rows);
  write_quota(out, admin.services.router.snapshot(index, now), table);
  write_state(out, admin);
  write_process(out);
  return out.take();
}

}  // namespace

Result<Reply> get_metrics(Admin& admin, const Request& request) {
  auto& cache = admin.metrics_cache;
  if (cache.text.empty() || request.now.steady - cache.at >= kFreshFor)
    cache = {render(admin, *request.routes, request.now), request.now.steady};
  return Reply{.status = 200,
               .body = cache.text,
               .content_type = "text/plain; version=0.0.4; charset=utf-8",
               .headers = {}};
}

}  // namespace freellm::server::admin
