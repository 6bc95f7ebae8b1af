#pragma once
// ExplainRecord: the routing story of one request, as a value. Cheap to keep (only verdicts that
// somebody looked at, ids instead of names); turned into JSON when somebody asks.
//
// Truthful for the moment of decision: quota and cooldown verdicts were noted when they were
// decided. What the catalog alone decides is derived again from the same immutable snapshot. A
// candidate behind the one that was taken is "not_needed": nobody looked at its quota.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freellm/base/error.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/chat/usage.hpp"
#include "freellm/routing/consequence.hpp"
#include "freellm/routing/options.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing {

class RouteIndex;

/// What went into a model's place in the order.
struct RankTerms {
  float position = 0;  ///< place in the fallback order of this request, 0 = first
  float penalty = 0;
  float success = 0;       ///< 0..1, measured strategies only, like the rest
  float speed = 0;         ///< 0..1 from tokens per second
  float latency = 0;       ///< 0..1 from time to first token
  float intelligence = 0;  ///< 0..1 from the catalog's rank
  float score = 0;         ///< what is sorted by: ascending
  bool sticky = false;
};

/// One candidate that was looked at in the last decision.
struct ConsideredCandidate {
  std::uint32_t model = 0;  ///< index into RouteTable::models()
  std::uint32_t key = 0;    ///< index into the platform's keys
  Verdict verdict;
  bool last_resort = false;  ///< would normally be left alone, but nothing better was left
};

struct AttemptRecord {
  Candidate candidate;
  WallTime started{};
  std::chrono::microseconds started_after{};  ///< since the request's arrival at the router
  std::chrono::microseconds duration{};
  std::optional<std::chrono::microseconds> first_token;
  std::optional<std::chrono::microseconds> connect;  ///< unset: a kept connection, or none
  bool probe = false;
  bool last_resort = false;
  bool concluded = false;
  bool served = false;
  chat::FailureClass failure =
      chat::FailureClass::provider_error;  ///< when concluded and not served
  int http_status = 0;
  std::int64_t booked_tokens = 0;
  std::string message;                ///< the provider's words, scrubbed by the adapter
  std::optional<Millis> retry_after;  ///< as the provider stated it
  Consequence consequence;
};

struct ExplainRecord {
  std::string request_id;
  std::string selector;
  chat::RequestNeeds needs;
  WallTime at{};
  SteadyTime decided_at{};  ///< the instant the verdicts refer to
  Strategy strategy = Strategy::priority;
  std::optional<ModelId> sticky;  ///< the session's model, when one was remembered
  std::shared_ptr<const RouteIndex> index;
  bool whole_table = false;             ///< the selector means every model; `selected` is empty
  std::vector<std::uint32_t> selected;  ///< models of the selector; none when it names none
  std::vector<std::pair<std::uint32_t, RankTerms>> order;  ///< of the models that were looked at
  std::vector<ConsideredCandidate> considered;
  std::vector<AttemptRecord> attempts;
  std::chrono::microseconds waited{};
  std::optional<std::chrono::microseconds> decided_in;  ///< all decisions together
  /// Ours beside the attempts and the waiting; set when the request is over.
  std::optional<std::chrono::microseconds> overhead;
  chat::Usage usage;             ///< when served
  std::optional<Error> refusal;  ///< when given up
  std::optional<WallTime> retry_at;

  /// The attempt that served, if any.
  [[nodiscard]] const AttemptRecord* served() const {
    return !attempts.empty() && attempts.back().served ? &attempts.back() : nullptr;
  }
};

/// The body of GET /v1/requests/{id}/explain. `max_candidates` bounds it; the rest is counted.
[[nodiscard]] std::string to_json(const ExplainRecord& record, std::size_t max_candidates = 2000);

/// "groq/llama-3.3-70b-versatile=rate_limited; cerebras/...=timed_out" for X-Fallback-Trail:
/// printable ASCII, at most 1 KiB, failed attempts only. Empty when the first try served.
[[nodiscard]] std::string fallback_trail(const ExplainRecord& record);

}  // namespace freellm::routing
