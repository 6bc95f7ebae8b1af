#include "provider/google/failure.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "freellm/provider/failure.hpp"
#include "freellm/provider/retry_after.hpp"
#include "freellm/wire/json.hpp"
#include "provider/native/quirks.hpp"

namespace freellm::provider::google {
namespace {

using chat::FailureClass;
using chat::LimitMetric;
using chat::LimitObservation;
using chat::LimitWindow;
using chat::Scope;
using wire::Json;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// "limit: 0" in the prose: a model without any free quota.
bool states_zero_limit(std::string_view message) {
  constexpr std::string_view kZero = "limit: 0";
  for (auto at = message.find(kZero); at != std::string_view::npos;
       at = message.find(kZero, at + 1)) {
    const auto next = at + kZero.size();
    if (next == message.size() || message[next] < '.' || message[next] > '9') return true;
  }
  return false;
}

std::optional<std::int64_t> count(const Json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  if (!value->is_string()) return std::nullopt;  // an int64 is a string in protobuf's JSON
  const auto& text = value->get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < 0) return std::nullopt;
  return number;
}

/// "GenerateRequestsPerDayPerProjectPerModel-FreeTier": metric, window and scope are in the name.
LimitObservation observation(std::string_view quota_id, const Json& violation) {
  LimitObservation seen{.metric = LimitMetric::requests,
                        .window = LimitWindow::minute,
                        .scope = Scope::key,
                        .limit = count(wire::json_at(violation, "quotaValue")),
                        .remaining = 0,
                        .resets_in = std::nullopt};
  if (contains(quota_id, "Token")) seen.metric = LimitMetric::tokens;
  if (contains(quota_id, "PerDay")) seen.window = LimitWindow::day;
  if (contains(quota_id, "PerHour")) seen.window = LimitWindow::hour;
  if (contains(quota_id, "PerModel")) seen.scope = Scope::model_key;
  return seen;
}

struct QuotaDetails {
  std::vector<LimitObservation> limits;
  std::optional<Millis> retry_delay;
};

QuotaDetails read_details(std::string_view body) {
  QuotaDetails out;
  const auto document = wire::parse_json(body);
  if (!document) return out;
  const auto& root = document->is_array() && !document->empty() ? document->front() : *document;
  const auto* details = wire::json_at(root, "error.details");
  if (details == nullptr || !details->is_array()) return out;
  for (const auto& detail : *details) {
    if (const auto delay = wire::string_at(detail, "retryDelay")) {
      out.retry_delay = parse_unit_duration(*delay);
    }
    const auto* violations = wire::json_at(detail, "violations");
    if (violations == nullptr || !violations->is_array()) continue;
    for (const auto& violation : *violations) {
      const auto id = wire::string_at(violation, "quotaId");
      if (id) out.limits.push_back(observation(*id, violation));
    }
  }
  return out;
}

/// Several quotas can be exceeded at once, and retryDelay speaks of the shortest only.
void refine_quota(chat::UpstreamFailure& failure, QuotaDetails details, std::string_view message) {
  const auto is_daily = [](const LimitObservation& limit) {
    return limit.window == LimitWindow::day;
  };
  const auto is_zero = [](const LimitObservation& limit) { return limit.limit == 0; };
  const auto& limits = details.limits;
  const bool per_model = std::all_of(limits.begin(), limits.end(), [](const auto& limit) {
    return limit.scope == Scope::model_key;
  });
  failure.scope = per_model ? Scope::model_key : Scope::key;
  if (details.retry_delay)
    failure.retry_after = std::min(*details.retry_delay, kLongestStatedDelay);
  if (states_zero_limit(message) || std::any_of(limits.begin(), limits.end(), is_zero)) {
    failure.failure = FailureClass::no_quota;
    failure.retry_after.reset();
  } else if (std::any_of(limits.begin(), limits.end(), is_daily)) {
    // The day is spent until midnight Pacific, whatever short delay is stated; the catalog knows
    // the reset.
    failure.failure = FailureClass::daily_quota;
    failure.retry_after.reset();
  }
  for (auto& limit : details.limits) {
    if (limit.window == LimitWindow::minute) limit.resets_in = failure.retry_after;
  }
  failure.limits = std::move(details.limits);
}

}  // namespace

chat::UpstreamFailure classify_failure(int status, const wire::HeaderList& headers,
                                       std::string_view body, std::string_view model_id,
                                       std::optional<Now> now) {
  const auto facts = read_error(status, body);
  auto failure = classify_error(facts, headers, native::quirks("google").errors, model_id, now);
  if (facts.status == 429) refine_quota(failure, read_details(body), facts.message);
  return failure;
}

}  // namespace freellm::provider::google
