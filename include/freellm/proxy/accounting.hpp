#pragma once
// What is kept of a request once it is over: the log row, the counters, the access line.

#include <optional>
#include <string>
#include <string_view>

#include "freellm/chat/usage.hpp"
#include "freellm/proxy/exchange.hpp"
#include "freellm/proxy/live_feed.hpp"
#include "freellm/routing/planner.hpp"
#include "freellm/store/records.hpp"

namespace freellm::proxy {

/// Collected while a chat request runs.
struct ChatOutcome {
  std::string requested_model;
  bool stream = false;
  std::string error_code;     ///< "" = served
  std::string error_message;  ///< what the client was told
  std::optional<Millis> ttft;
  Millis upstream_latency{};
  std::chrono::microseconds route_time{};  ///< spent deciding
  std::chrono::microseconds queue_time{};  ///< arrival -> read and parsed
  chat::Usage usage;
};

/// Tells the live feed how far a running request is. Call it only when the feed is watched.
void tell_progress(const Exchange& ex, const ChatOutcome& outcome,
                   const routing::AttemptPlanner& planner, RequestNews::Phase phase);

/// Writes the row, adds to the counters and prints the access line. Takes the planner's record, if
/// routing was reached.
void account(Exchange& ex, ChatOutcome outcome, routing::AttemptPlanner* planner);

}  // namespace freellm::proxy
