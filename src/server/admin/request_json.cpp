#include "request_json.hpp"

#include "prices.hpp"

namespace freellm::server::admin {
namespace {

Json attempt_head(const catalog::RouteTable& table, const store::RouteIds& route,
                  std::size_t index) {
  const auto* platform = table.platform(route.platform);
  const auto* model = table.model(route.model);
  const auto* key = table.key(route.key);
  return {{"index", index},
          {"platform", platform == nullptr ? "gone" : platform->slug},
          {"model_id", route.model.value},
          {"upstream_id", model == nullptr ? "" : model->upstream_id},
          {"key_id", id_or_null(route.key.value)},
          {"key_label", key == nullptr ? Json() : Json(key->label)}};
}

Json millis_or_null(std::optional<Millis> span) { return span ? Json(span->count()) : Json(); }

}  // namespace

std::string_view outcome_of(const store::LoggedRequest& logged) {
  const auto& record = logged.record;
  if (record.status == 0) return "running";
  if (is_cancelled(record)) return "cancelled";
  if (is_served(record)) return "succeeded";
  return logged.attempts == 0 ? "rejected" : "failed";
}

Json row_json(const RowContext& cx, const store::LoggedRequest& logged) {
  const auto& table = cx.table;
  const auto& record = logged.record;
  const auto& usage = record.usage;
  const auto* platform = table.platform(record.route.platform);
  const auto* model = table.model(record.route.model);
  const auto* key = table.key(record.route.key);
  const bool has_usage = usage.prompt_tokens > 0 || usage.completion_tokens > 0;
  return {{"id", record.request_id},
          {"started_at", iso_time(record.at - record.latency)},
          {"duration_ms", record.status == 0 ? Json() : Json(record.latency.count())},
          {"ttft_ms", millis_or_null(record.ttft)},
          {"status", id_or_null(record.status)},
          {"outcome", outcome_of(logged)},
          {"streaming", record.stream},
          {"model_requested", record.requested_model},
          {"platform", platform == nullptr ? Json() : Json(platform->slug)},
          {"model_id", id_or_null(record.route.model.value)},
          {"upstream_id", model == nullptr ? Json() : Json(model->upstream_id)},
          {"key_id", id_or_null(record.route.key.value)},
          {"key_label", key == nullptr ? Json() : Json(key->label)},
          {"attempts", logged.attempts},
          {"prompt_tokens", has_usage ? Json(usage.prompt_tokens) : Json()},
          {"completion_tokens", has_usage ? Json(usage.completion_tokens) : Json()},
          {"usage_estimated", usage.estimated},
          {"cost_saved_usd",
           has_usage ? cost_json(cx.price, usage.prompt_tokens, usage.completion_tokens) : Json()},
          {"error_code", text_or_null(record.error_code)},
          {"error_message", text_or_null(record.error_message)}};
}

Json attempt_json(const catalog::RouteTable& table, const store::FailedAttempt& attempt,
                  std::size_t index) {
  const bool is_ours = attempt.failure == chat::FailureClass::client_gone;
  Json row = attempt_head(table, attempt.route, index);
  row.update(Json{{"offset_ms", attempt.started_after.count()},
                  {"connect_ms", millis_or_null(attempt.connect)},
                  {"ttft_ms", nullptr},
                  {"duration_ms", attempt.duration.count()},
                  {"status", id_or_null(attempt.http_status)},
                  {"result", is_ours ? "cancelled" : "failed"},
                  {"failure", chat::to_string(attempt.failure)},
                  {"message", text_or_null(attempt.message)},
                  {"retry_after_ms", millis_or_null(attempt.retry_after)},
                  {"consequence", text_or_null(attempt.consequence)}});
  return row;
}

Json attempts_json(const catalog::RouteTable& table, const store::LoggedRequest& logged) {
  const auto& record = logged.record;
  Json rows = Json::array();
  for (const auto& attempt : record.failed_attempts)
    rows.push_back(attempt_json(table, attempt, rows.size()));
  const bool is_broken = !is_served(record) && !is_cancelled(record) && record.status < 400;
  if (is_broken && !rows.empty()) rows.back()["result"] = "cut_off";
  if (static_cast<std::int64_t>(rows.size()) >= logged.attempts) return rows;
  const auto offset = std::max(Millis{0}, record.latency - record.upstream_latency);
  Json row = attempt_head(table, record.route, rows.size());
  row.update(Json{{"offset_ms", offset.count()},
                  {"connect_ms", millis_or_null(record.connect)},
                  {"ttft_ms", millis_or_null(record.ttft ? std::optional{std::max(
                                                               Millis{0}, *record.ttft - offset)}
                                                         : std::nullopt)},
                  {"duration_ms", record.upstream_latency.count()},
                  {"status", 200},
                  {"result", is_served(record) ? "served" : "cancelled"},
                  {"failure", nullptr},
                  {"message", nullptr},
                  {"retry_after_ms", nullptr},
                  {"consequence", nullptr}});
  rows.push_back(std::move(row));
  return rows;
}

}  // namespace freellm::server::admin
