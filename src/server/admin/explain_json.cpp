#include "explain_json.hpp"

#include <array>
#include <string>

namespace freellm::server::admin {
namespace {

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}
Json number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? *found : Json();
}
std::int64_t integer(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}
bool flag(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}
Json object_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : Json::object();
}
Json array_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : Json::array();
}

bool same_route(const Json& a, const Json& b) {
  return text(a, "platform") == text(b, "platform") && text(a, "model") == text(b, "model") &&
         integer(a, "key") == integer(b, "key");
}

/// The router's verdict in the dashboard's words.
std::string verdict_of(const Json& candidate, const Json& attempts) {
  bool is_tried = false;
  for (const auto& attempt : attempts) {  // the same route may be tried again as the last resort
    if (!same_route(candidate, attempt)) continue;
    if (text(attempt, "outcome") == "served") return "served";
    is_tried = true;
  }
  if (is_tried) return "tried";
  constexpr std::pair<std::string_view, const char*> kWords[] = {
      {"model_disabled", "model_disabled"},
      {"platform_disabled", "platform_disabled"},
      {"no_key", "no_key"},
      {"lacks_tools", "lacks_capability"},
      {"lacks_vision", "lacks_capability"},
      {"lacks_json_schema", "lacks_capability"},
      {"window_too_small", "context_too_small"},
      {"excluded", "ruled_out"},
      {"cooling_down", "cooling_down"},
      {"probing", "cooling_down"},
      {"quota", "quota_exhausted"},
      {"request_too_big", "quota_exhausted"}};
  const auto verdict = text(candidate, "verdict");
  for (const auto& [ours, theirs] : kWords) {
    if (verdict == ours) return theirs;
  }
  return "eligible";
}

const catalog::Model* model_of(const catalog::RouteTable& table, const Json& route) {
  const auto* platform = table.platform(text(route, "platform"));
  if (platform == nullptr) return nullptr;
  const auto upstream_id = text(route, "model");
  for (const auto& model : table.models()) {
    if (model.platform == platform->id && model.upstream_id == upstream_id) return &model;
  }
  return nullptr;
}

Json terms_json(const Json& rank) {
  Json terms = Json::array();
  if (!rank.contains("success")) return terms;
  for (const char* name : {"success", "speed", "latency", "intelligence", "score"}) {
    if (const Json value = number(rank, name); !value.is_null())
      terms.push_back({{"name", name}, {"value", value}});
  }
  return terms;
}

Json candidate_json(const catalog::RouteTable& table, const Json& candidate,
                    const catalog::Model& model, const Json& attempts, WallTime at,
                    std::int64_t& order) {
  const auto* key = table.key(KeyId{integer(candidate, "key")});
  const Json rank = object_of(candidate, "rank");
  const bool is_ranked = !rank.empty();
  const double position = is_ranked ? number(rank, "position").get<double>() : model.position;
  const double penalty = is_ranked ? number(rank, "penalty").get<double>() : 0;
  const auto free_in = integer(candidate, "free_in_ms");
  return {{"platform", text(candidate, "platform")},
          {"model_id", model.id.value},
          {"upstream_id", model.upstream_id},
          {"key_id", id_or_null(integer(candidate, "key"))},
          {"key_label", key == nullptr ? Json() : Json(key->label)},
          {"order", is_ranked ? Json(order++) : Json()},
          {"position", model.position},
          {"penalty", penalty},
          {"effective_position", position + penalty},
          {"terms", terms_json(rank)},
          {"sticky", flag(rank, "sticky")},
          {"verdict", verdict_of(candidate, attempts)},
          {"detail", text(candidate, "reason")},
          {"available_at", free_in > 0 ? Json(iso_time(at + Millis{free_in})) : Json()}};
}

std::string_view name_of(catalog::ModelSelector::Kind kind) {
  constexpr std::array<std::string_view, 5> kNames{"automatic", "logical", "upstream", "pinned",
                                                   "unknown"};
  return kNames[static_cast<std::size_t>(kind)];
}

Json needs_json(const catalog::RouteTable& table, const store::LoggedRequest& logged,
                const Json& record) {
  const Json needs = object_of(record, "needs");
  const auto prompt = integer(needs, "prompt_tokens");
  return {{"requested_model", logged.record.requested_model},
          {"selector", name_of(table.select(text(record, "model")).kind)},
          {"streaming", logged.record.stream},
          {"tools", flag(needs, "tools")},
          {"vision", flag(needs, "vision")},
          {"json_schema", flag(needs, "json_schema")},
          {"estimated_prompt_tokens", prompt},
          {"estimated_total_tokens", prompt + integer(needs, "output_tokens")}};
}

std::string summary_of(const store::LoggedRequest& logged, const Json& record) {
  const Json outcome = object_of(record, "outcome");
  const auto tried = array_of(record, "attempts").size();
  if (!flag(outcome, "served")) {
    const auto message = text(outcome, "message");
    if (logged.record.status == 499) return "The client went away before there was an answer.";
    if (is_cancelled(logged.record)) return "The client went away in the middle of its answer.";
    if (logged.record.status < 400) return "The answer broke off in its middle.";
    return message.empty() ? "Nobody answered." : "Nobody answered: " + message;
  }
  std::string sentence = text(outcome, "platform") + "/" + text(outcome, "model") + " answered";
  if (tried <= 1) return sentence + " at the first try.";
  return sentence + " after " + std::to_string(tried - 1) +
         (tried == 2 ? " failed try." : " failed tries.");
}

void add_first_tokens(const Json& told, Json& attempts) {
  for (std::size_t i = 0; i < told.size() && i < attempts.size(); ++i) {
    const Json first = number(told[i], "first_token_ms");
    if (!first.is_null()) attempts[i]["ttft_ms"] = static_cast<std::int64_t>(first.get<double>());
  }
}

}  // namespace

Json explain_json(const catalog::RouteTable& table, const store::LoggedRequest& logged,
                  Json& attempts) {
  const auto& row = logged.record;
  const Json record = Json::parse(row.explain_json, nullptr, false);
  if (!record.is_object()) return nullptr;
  const Json told = array_of(record, "attempts");
  add_first_tokens(told, attempts);
  const auto at = parse_iso_time(text(record, "at")).value_or(row.at - row.latency);
  Json candidates = Json::array();
  std::int64_t order = 0;
  for (const auto& candidate : array_of(record, "candidates")) {
    if (const auto* model = model_of(table, candidate))  // else it left the catalog since
      candidates.push_back(candidate_json(table, candidate, *model, told, at, order));
  }
  Json served;
  const Json outcome = object_of(record, "outcome");
  if (const auto* model = flag(outcome, "served") ? model_of(table, outcome) : nullptr) {
    served = {{"platform", text(outcome, "platform")},
              {"model_id", model->id.value},
              {"upstream_id", model->upstream_id},
              {"key_id", id_or_null(integer(outcome, "key"))}};
  }
  return {{"request_id", row.request_id},
          {"at", iso_time(at)},
          {"needs", needs_json(table, logged, record)},
          {"strategy", text(record, "strategy")},
          {"candidates", std::move(candidates)},
          {"candidates_left_out", integer(record, "candidates_left_out")},
          {"attempts", attempts},
          {"served", std::move(served)},
          {"timings",
           {{"queue_ms", number(record, "waited_ms")},
            {"route_ms", number(record, "decided_in_ms")},
            {"upstream_ttfb_ms", told.empty() ? Json() : number(told.back(), "first_token_ms")},
            {"overhead_ms", number(record, "overhead_ms")},
            {"total_ms", row.latency.count()}}},
          {"summary", summary_of(logged, record)}};
}

}  // namespace freellm::server::admin
