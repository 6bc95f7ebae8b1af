#include "freellm/proxy/accounting.hpp"

#include "freellm/base/log.hpp"
#include "freellm/catalog/route_table.hpp"
#include "freellm/chat/scrub.hpp"

namespace freellm::proxy {
namespace {

constexpr std::size_t kStoredCandidates = 50;

using std::chrono::microseconds;

Millis to_ms(microseconds us) { return std::chrono::duration_cast<Millis>(us); }

std::optional<Millis> to_ms(std::optional<microseconds> us) {
  return us ? std::optional{to_ms(*us)} : std::nullopt;
}

store::RouteIds ids_of(const routing::Candidate& candidate) {
  return {candidate.platform, candidate.model, candidate.key};
}

void add_attempts(store::RequestRecord& row, const routing::ExplainRecord& record) {
  for (const auto& attempt : record.attempts) {
    row.route = ids_of(attempt.candidate);
    if (attempt.served) {
      row.upstream_latency = to_ms(attempt.duration);
      row.connect = to_ms(attempt.connect);
      continue;
    }
    if (!attempt.concluded) continue;
    row.failed_attempts.push_back({.route = row.route,
                                   .failure = attempt.failure,
                                   .http_status = attempt.http_status,
                                   .started_after = to_ms(attempt.started_after),
                                   .duration = to_ms(attempt.duration),
                                   .message = attempt.message,
                                   .connect = to_ms(attempt.connect),
                                   .retry_after = attempt.retry_after,
                                   .consequence = routing::describe(attempt.consequence)});
  }
}

void add_outcome(store::RequestRecord& row, const Exchange& ex, const ChatOutcome& outcome,
                 Now now) {
  row.request_id = ex.request_id;
  row.at = now.wall;
  row.requested_model = outcome.requested_model;
  row.error_code = outcome.error_code;
  // It may quote what the client sent.
  if (!outcome.error_message.empty()) row.error_message = chat::scrub(outcome.error_message);
  row.stream = outcome.stream;
  row.latency = std::chrono::duration_cast<Millis>(now.steady - ex.arrived.steady);
  row.ttft = outcome.ttft;
  row.usage = outcome.usage;
}

/// Ours: from the parsed request to the closed books, without attempts and waiting.
microseconds overhead_of(const Exchange& ex, const ChatOutcome& outcome,
                         const routing::ExplainRecord& record, Now now) {
  auto rest = std::chrono::duration_cast<microseconds>(now.steady - ex.arrived.steady) -
              outcome.queue_time - record.waited;
  for (const auto& attempt : record.attempts) rest -= attempt.duration;
  return std::max(rest, microseconds{0});
}

/// "groq/llama-3.3-70b-versatile#2", or "-" when nothing was tried.
std::string route_name(const routing::ExplainRecord& record) {
  if (record.attempts.empty() || record.index == nullptr) return "-";
  const auto& table = routing::table_of(*record.index);
  const auto& candidate = record.attempts.back().candidate;
  const auto* platform = table.platform(candidate.platform);
  const auto* model = table.model(candidate.model);
  if (platform == nullptr || model == nullptr) return "-";
  std::string name;
  name.reserve(platform->slug.size() + model->upstream_id.size() + 8);
  name.append(platform->slug).append("/").append(model->upstream_id);
  if (candidate.key != kAnonymousKey) name.append("#").append(std::to_string(candidate.key.value));
  return name;
}

}  // namespace

void tell_progress(const Exchange& ex, const ChatOutcome& outcome,
                   const routing::AttemptPlanner& planner, RequestNews::Phase phase) {
  RequestNews news{.phase = phase, .at = ex.now().wall, .request = {}};
  add_outcome(news.request, ex, outcome, ex.now());
  const auto record = planner.explain();
  add_attempts(news.request, record);
  ex.worker.services.live.publish(std::move(news));
}

void account(Exchange& ex, ChatOutcome outcome, routing::AttemptPlanner* planner) {
  ex.accounted = true;
  auto& services = ex.worker.services;
  const Now now = ex.now();
  routing::ExplainRecord record;
  if (planner != nullptr) {
    record = planner->take_record();
    record.decided_in = outcome.route_time;
    record.overhead = overhead_of(ex, outcome, record, now);
  }

  store::RequestRecord row;
  add_outcome(row, ex, outcome, now);
  row.status = ex.status;
  add_attempts(row, record);

  ex.worker.metrics.count(row);

  LOG_INFO(
      "req={} route={} status={} stream={} ttft_ms={} total_ms={} in_tok={} out_tok={} attempts={} "
      "err={}",
      ex.request_id, route_name(record), row.status, row.stream ? 1 : 0,
      row.ttft ? row.ttft->count() : -1, row.latency.count(), row.usage.prompt_tokens,
      row.usage.completion_tokens, record.attempts.size(),
      row.error_code.empty() ? "-" : row.error_code);

  if (services.live.watched()) {
    services.live.publish(RequestNews{RequestNews::Phase::finished, now.wall, row});
  }
  if (planner != nullptr) {
    // Of what went smoothly only the candidates that were looked at are kept (often one: a few
    // hundred bytes), and not of everything under load; the rest is told from memory while it is
    // fresh.
    const bool is_notable = record.attempts.size() != 1 || ex.status != 200;
    if (is_notable) {
      row.explain_json = routing::to_json(record, kStoredCandidates);
    } else if (ex.worker.records.take(now.steady)) {
      row.explain_json = routing::to_json(record, record.considered.size());
    }
    services.explains.add(std::move(record));
  }
  services.store.writer().log(std::move(row));
}

}  // namespace freellm::proxy
