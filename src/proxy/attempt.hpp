#pragma once
// One upstream try: connect, send, decode, relay.

#include <memory>
#include <optional>
#include <string>

#include "freellm/chat/chunk_writer.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/chat/tool_schemas.hpp"
#include "freellm/net/abort.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/accounting.hpp"
#include "freellm/proxy/exchange.hpp"
#include "freellm/routing/planner.hpp"

namespace freellm::proxy {

/// A chat request on its way through the attempts. Lives in the endpoint's frame.
struct ChatTurn {
  Exchange& ex;
  const chat::ChatRequest& request;
  chat::ToolSchemas tools;
  routing::AttemptPlanner planner;
  net::Abort abort;  ///< fired by the client's going, by the deadline, by a drain that ran out
  net::Deadline deadline;       ///< the attempt's current time limit
  std::string_view phase = "";  ///< what the attempt is waiting for, for the message of a timeout
  ChatOutcome outcome;
  std::chrono::microseconds route_time{};  ///< spent deciding, all attempts together
  std::chrono::microseconds queue_time{};  ///< head complete -> body parsed
};

enum class AttemptEnd : std::uint8_t {
  served,  ///< the client has its whole answer
  failed,  ///< nothing was sent downstream; `failure` says why: try the next candidate
  broken,  ///< failed after the first byte: the client was told in-band
  gone,    ///< the client left
};

struct AttemptResult {
  AttemptEnd end = AttemptEnd::failed;
  chat::UpstreamFailure failure;
  chat::Usage usage;
  routing::AttemptTimings timings;
  Now ended{};
};

/// `turn` and `attempt` must outlive the task.
net::Task<AttemptResult> run_attempt(ChatTurn& turn, const routing::Attempt& attempt, Now started);

}  // namespace freellm::proxy
