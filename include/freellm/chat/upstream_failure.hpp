#pragma once
// What an upstream refusal or breakdown means for routing: made by adapters and by the connection
// code, acted on by the failover planner and the ledger. Nothing here is shown to clients unless it
// says so.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freellm::chat {

/// One row of the classification table: what happened decides which candidates are ruled out, for
/// how long, and what the client is told if nothing else can serve.
enum class FailureClass : std::uint8_t {
  bad_key,          ///< this key is refused: its siblings may serve; the key needs a re-check
  not_on_tier,      ///< model not allowed for this key's plan
  content_policy,   ///< the provider refuses the content: the client's to know, benches nothing
  blocked_host,     ///< our address, region or a firewall: platform for minutes, key untouched
  out_of_credit,    ///< balance or free allowance spent on this key
  daily_quota,      ///< a day's limit is spent
  monthly_quota,    ///< a month's limit is spent
  no_quota,         ///< the plan's limit for this model is zero
  rate_limited,     ///< a minute-class limit
  provider_busy,    ///< shared capacity; other keys do not help
  too_large,        ///< prompt beyond this model's window or the tier's request size
  model_missing,    ///< gone, retired or never was
  account_setting,  ///< the operator must change something at the provider
  model_slip,       ///< the model produced something illegal (tool call that fails validation)
  provider_sick,    ///< this deployment is broken, others of the platform may be too
  bad_request,      ///< the provider dislikes the request's shape
  provider_error,   ///< 5xx, protocol nonsense, truncated body
  connect_failed,   ///< refused, unreachable, DNS, TLS
  timed_out,        ///< one of our deadlines for this attempt
  dead_turn,        ///< a 200 without an answer in it
  client_gone,      ///< ours or the client's doing: nobody is to blame
};

[[nodiscard]] std::string_view to_string(FailureClass failure);

/// Which routes share the limit or defect that was hit.
enum class Scope : std::uint8_t {
  request,    ///< this request only
  model_key,  ///< this model with this key
  model,      ///< this model with every key of the platform
  key,        ///< every model with this key
  platform,   ///< every key and model of the platform
};

[[nodiscard]] std::string_view to_string(Scope scope);

enum class LimitMetric : std::uint8_t { requests, tokens, concurrency, neurons };
enum class LimitWindow : std::uint8_t { second, minute, hour, day, month };

/// A limit as a provider stated it, in a header or an error text. Absent parts were not stated.
struct LimitObservation {
  LimitMetric metric = LimitMetric::requests;
  LimitWindow window = LimitWindow::minute;
  Scope scope = Scope::model_key;
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> remaining;
  std::optional<std::chrono::milliseconds> resets_in;
  bool operator==(const LimitObservation&) const = default;
};

struct UpstreamFailure {
  FailureClass failure = FailureClass::provider_error;
  Scope scope = Scope::model_key;
  int http_status = 0;  ///< 0 when there was no answer
  /// As stated by the provider (never our own guess), clamped to 24 h unless a day or month marker
  /// was given.
  std::optional<std::chrono::milliseconds> retry_after;
  std::vector<LimitObservation> limits;
  std::string message;      ///< the provider's words, scrubbed of secrets, at most 500 bytes
  std::string code;         ///< the provider's code, if any
  bool at_proxy = false;    ///< the way out broke, a proxy of the operator's: nobody's fault there
  bool retirement = false;  ///< says the model is gone for good (410, end-of-life text)
};

}  // namespace freellm::chat
