// What the client is told when nothing is left: the table of statuses, and the exact moment to come
// back.
#include <algorithm>

#include "freellm/routing/unknown_model.hpp"
#include "mutation.hpp"
#include "planner_state.hpp"
#include "refusal_words.hpp"

namespace freellm::routing::detail {
namespace {

constexpr std::size_t kReasonsInMessage = 8;

Error error_of(ErrorKind kind, int status, std::string code, std::string message) {
  return {.kind = kind,
          .source = ErrorSource::internal,
          .http_status = status,
          .message = std::move(message),
          .code = std::move(code)};
}

std::string name_of(const PlannerState& state, std::uint32_t model_at) {
  const auto& model = state.index->models()[model_at];
  return (model.platform == nullptr ? std::string{"?"} : model.platform->slug) + "/" +
         model.model->upstream_id;
}

/// Nothing passed the filters that depend on catalog and request alone.
Error refuse_unfit(const PlannerState& state) {
  std::array<int, 16> count{};
  std::int64_t largest = 0;
  for (const auto at : state.selection->models) {
    const auto& model = state.index->models()[at];
    const auto kind = RouteIndex::static_verdict(model, state.facts.needs, state.window_need);
    ++count[static_cast<std::size_t>(kind)];
    if (kind == VerdictKind::window_too_small) largest = std::max(largest, model.window);
  }
  const auto any = [&](VerdictKind kind) { return count[static_cast<std::size_t>(kind)] > 0; };
  const std::string name{state.facts.selector.empty() ? "auto" : state.facts.selector};
  if (any(VerdictKind::window_too_small)) {
    auto error = error_of(ErrorKind::bad_request, 400, "context_length_exceeded",
                          "the request needs about " + std::to_string(state.window_need) +
                              " tokens; the largest context window that could serve it holds " +
                              std::to_string(largest));
    error.param = "messages";
    return error;
  }
  const char* missing = any(VerdictKind::lacks_tools)         ? "tools"
                        : any(VerdictKind::lacks_vision)      ? "images"
                        : any(VerdictKind::lacks_json_schema) ? "a JSON schema response format"
                                                              : nullptr;
  if (missing != nullptr) {
    return error_of(ErrorKind::no_route, 422, "no_capable_model",
                    "no configured model behind '" + name + "' supports " + missing);
  }
  if (any(VerdictKind::no_key) || any(VerdictKind::platform_disabled) ||
      state.selection->models.empty()) {
    auto error =
        error_of(ErrorKind::no_route, 503, "no_providers_configured", no_key_text(state, name));
    if (!state.facts.selector.empty()) error.param = "model";
    return error;
  }
  auto error = error_of(ErrorKind::no_route, 404, "model_not_found",
                        "the model '" + name +
                            "' is disabled here: ask for 'auto', enable it on the dashboard's "
                            "Models page, or map the name to another under [aliases]");
  error.param = "model";
  return error;
}

struct Tally {
  int client = 0, unsendable = 0, size = 0, rate = 0, upstream = 0, timeout = 0;
  bool waiting_cures = false;  ///< an unattempted candidate is only out of quota
  bool too_big = false;
  std::int64_t largest = 0;
  const AttemptRecord* last_client_fault = nullptr;
};

Tally tally_of(const PlannerState& state) {
  Tally tally;
  for (const auto& attempt : state.record.attempts) {
    switch (rule_for(attempt.failure).blame) {
      case Blame::client:
        // Status 0: the adapter could not express it, and nobody was asked.
        ++(attempt.http_status >= 400 ? tally.client : tally.unsendable);
        tally.last_client_fault = &attempt;
        break;
      case Blame::size:
        ++tally.size;
        break;
      case Blame::rate:
        ++tally.rate;
        break;
      case Blame::timeout:
        ++tally.timeout;
        break;
      default:
        ++tally.upstream;
        break;
    }
  }
  for (const auto& row : state.record.considered) {
    const auto& verdict = row.verdict;
    const bool cooling = verdict.kind == VerdictKind::cooling_down;
    tally.waiting_cures |= verdict.kind == VerdictKind::quota ||
                           verdict.kind == VerdictKind::probing ||
                           (cooling && rule_for(verdict.cause).blame == Blame::rate);
    if (verdict.kind == VerdictKind::request_too_big) {
      tally.too_big = true;
      tally.largest = std::max(tally.largest, verdict.limit);
    }
  }
  return tally;
}

std::string reasons(const PlannerState& state, SteadyTime now) {
  std::string text;
  std::size_t shown = 0;
  const auto& rows = state.record.considered;
  for (const auto& row : rows) {
    if (shown == kReasonsInMessage) break;
    if (shown++ > 0) text += "; ";
    const Place place{row.model, row.key};
    text += name_of(state, row.model);
    const auto& lane = state.lane_at(place);
    if (state.model_at(place).lane_count > 1) text += "#" + std::to_string(lane.key->id.value);
    text += ": " + describe(row.verdict, now);
  }
  if (rows.size() > shown) text += "; and " + std::to_string(rows.size() - shown) + " more";
  return text;
}

std::string causes_or_reasons(const PlannerState& state, SteadyTime now) {
  auto text = causes_of_attempts(state);
  return text.empty() ? reasons(state, now) : text;
}

Error refuse_after(const PlannerState& state, const Tally& tally, bool timed_out, SteadyTime now) {
  const std::string tried = std::to_string(state.record.attempts.size());
  if (tally.client > 0 && tally.upstream == 0 && tally.timeout == 0 &&
      !MUTATED(blame_the_provider)) {
    auto error =
        error_of(ErrorKind::bad_request, 400, "invalid_request", tally.last_client_fault->message);
    error.source = ErrorSource::upstream;
    return error;
  }
  const bool nothing_else =
      tally.rate + tally.upstream + tally.timeout == 0 && !tally.waiting_cures;
  if (nothing_else && (tally.size > 0 || tally.too_big)) {
    auto error = error_of(ErrorKind::bad_request, 400, "context_length_exceeded",
                          "the request is too large for every candidate: " + reasons(state, now));
    error.param = "messages";
    return error;
  }
  if (timed_out) {
    return error_of(ErrorKind::timeout, 504, "upstream_timeout",
                    "no provider answered in time (" + tried + " tried)");
  }
  if (tally.rate > 0 || tally.waiting_cures) {
    return error_of(ErrorKind::rate_limited, 429, "rate_limit_exceeded",
                    "every candidate is out of quota: " + reasons(state, now));
  }
  if (tally.timeout > 0 && tally.upstream == 0) {
    return error_of(ErrorKind::timeout, 504, "upstream_timeout",
                    "no provider answered in time (" + tried + " tried)");
  }
  if (tally.unsendable > 0 && tally.upstream == 0) {
    return error_of(ErrorKind::bad_request, 400, "invalid_request",
                    tally.last_client_fault->message);
  }
  return error_of(ErrorKind::upstream_bad_status, 502, "upstream_failed",
                  "every candidate failed (" + tried + " tried): " + causes_or_reasons(state, now));
}

bool may_come_back(const Error& error) {
  return error.http_status == 429 || error.http_status == 502 || error.http_status == 504;
}

}  // namespace

Earliest earliest_of(const PlannerState& state) {
  Earliest earliest;
  for (const auto& row : state.record.considered) {
    if (row.verdict.free_at >= earliest.at) continue;
    // A refused key or a missing model will hardly mend itself by the time its bench is over.
    const bool cooling = row.verdict.kind == VerdictKind::cooling_down;
    const FailureRule& rule = rule_for(row.verdict.cause);
    if (cooling && rule.blame != Blame::rate &&
        (rule.ladder == Ladder::standing || rule.ladder == Ladder::key)) {
      continue;
    }
    earliest = {row.verdict.free_at, {row.model, row.key}};
  }
  return earliest;
}

GiveUp refuse(PlannerState& state, Now now) {
  GiveUp out;
  if (state.verdict) {
    out.error = *state.verdict;
  } else if (state.selection->kind == catalog::ModelSelector::Kind::unknown) {
    out.error = unknown_model(*state.index, state.facts.selector);
  } else if (state.order.empty() && state.record.attempts.empty()) {
    out.error = refuse_unfit(state);
  } else {
    out.error = refuse_after(state, tally_of(state), now.steady >= state.deadline, now.steady);
  }
  if (may_come_back(out.error)) {
    auto at = earliest_of(state).at;
    if (MUTATED(retry_after_one_second)) at = now.steady + std::chrono::seconds{1};
    if (at != SteadyTime::max()) {
      const auto left = std::max(at - now.steady, SteadyTime::duration{0});
      out.error.retry_after = std::chrono::ceil<Millis>(left);
      out.retry_at = now.wall + *out.error.retry_after;
    }
  }
  state.record.refusal = out.error;
  state.record.retry_at = out.retry_at;
  return out;
}

}  // namespace freellm::routing::detail
