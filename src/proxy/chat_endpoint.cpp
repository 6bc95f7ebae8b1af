#include "freellm/proxy/chat_endpoint.hpp"

#include "attempt.hpp"
#include "freellm/base/duration.hpp"
#include "freellm/base/log.hpp"
#include "freellm/chat/error_body.hpp"
#include "freellm/net/pause.hpp"
#include "freellm/routing/explain.hpp"

namespace freellm::proxy {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// X-Max-Wait: 5s. Anything unreadable counts as absent.
std::optional<Millis> asked_wait(const wire::RequestHead& head) {
  const auto field = head.headers.find("X-Max-Wait");
  if (!field) return std::nullopt;
  constexpr Millis kMost{600'000};
  const auto wait = parse_duration(*field);
  if (!wait) return std::nullopt;
  return std::min(*wait, kMost);
}

routing::RequestFacts facts_of(const Exchange& ex, const chat::ChatRequest& request) {
  auto facts = routing::facts_of(request, ex.request_id);
  facts.session_id = ex.head.headers.find("X-Session-Id").value_or("");
  facts.max_wait = asked_wait(ex.head);
  return facts;
}

/// The client's mistake, and where it stands.
std::string told(const Error& error) {
  const bool is_placed =
      error.param.empty() || error.message.find(error.param) != error.message.npos;
  return is_placed ? error.message : error.message + " (" + error.param + ")";
}

/// Ends the watch over the client before what it would act on is gone, also when an exception does.
struct WatchEnd {
  net::DownstreamConnection& client;
  explicit WatchEnd(net::DownstreamConnection& watched) : client(watched) {}
  WatchEnd(const WatchEnd&) = delete;
  WatchEnd& operator=(const WatchEnd&) = delete;
  ~WatchEnd() { client.on_gone(nullptr); }
};

net::Task<void> give_up(ChatTurn& turn, const routing::GiveUp& verdict) {
  const std::string tried = std::to_string(turn.planner.failed_attempts());
  const std::string trail = turn.planner.fallback_trail();
  std::vector<HeaderField> headers{{"X-Fallback-Attempts", tried}};
  if (!trail.empty()) headers.push_back({"X-Fallback-Trail", trail});
  turn.outcome.error_code = chat::describe(verdict.error).code;
  turn.outcome.error_message = verdict.error.message;
  co_await respond_error(turn.ex, verdict.error, headers);
}

void client_left(ChatTurn& turn, Now now) {
  turn.planner.client_gone(now);
  turn.outcome.error_code = "client_closed_request";
  if (!turn.ex.head_sent) turn.ex.status = 499;
  turn.ex.keep_alive = false;
}

void tell(ChatTurn& turn, RequestNews::Phase phase) {
  if (!turn.ex.worker.services.live.watched()) return;
  tell_progress(turn.ex, turn.outcome, turn.planner, phase);
}

/// Tells routing how the attempt ended. True when the request is over.
bool settle(ChatTurn& turn, const routing::Attempt& attempt, AttemptResult& result) {
  const Now now = result.ended;
  switch (result.end) {
    case AttemptEnd::served:  // the attempt has told the planner
      turn.outcome.usage = result.usage;
      turn.outcome.upstream_latency = duration_cast<Millis>(result.timings.total);
      return true;
    case AttemptEnd::gone:
      turn.outcome.usage = result.usage;
      client_left(turn, now);
      return true;
    case AttemptEnd::broken:
      turn.planner.failed(result.failure, result.timings, now);
      turn.outcome.error_code = "stream_broken";
      turn.outcome.error_message = "the answer broke off: " + result.failure.message;
      turn.outcome.usage = result.usage;
      return true;
    case AttemptEnd::failed:
      LOG_WARN("req={} attempt={} route={}/{} failed={} status={} why=\"{}\"", turn.ex.request_id,
               attempt.number, attempt.platform->slug, attempt.model->upstream_id,
               chat::to_string(result.failure.failure), result.failure.http_status,
               result.failure.message);
      turn.planner.failed(result.failure, result.timings, now);
      tell(turn, RequestNews::Phase::attempt_failed);
      turn.abort.reset();
      return false;
  }
  return true;
}

/// The loop over candidates: the only loop of a request.
net::Task<void> run_attempts(ChatTurn& turn, Now now) {
  for (;;) {
    if (turn.abort.reason() == net::AbortReason::client_gone || turn.ex.client.peer_gone()) {
      client_left(turn, now);
      co_return;
    }
    const routing::Step step = turn.planner.next(now);
    const Now decided = turn.ex.now();
    turn.route_time += duration_cast<microseconds>(decided.steady - now.steady);
    if (const auto* wait = std::get_if<routing::Wait>(&step)) {
      turn.ex.client.watch();
      co_await net::pause(turn.ex.worker.net, wait->until, turn.abort);
      now = turn.ex.now();
    } else if (const auto* verdict = std::get_if<routing::GiveUp>(&step)) {
      co_await give_up(turn, *verdict);
      co_return;
    } else {
      const auto& attempt = std::get<routing::Attempt>(step);
      AttemptResult result = co_await run_attempt(turn, attempt, decided);
      now = result.ended;
      if (settle(turn, attempt, result)) co_return;
    }
  }
}

}  // namespace

net::Task<void> serve_chat(Exchange& ex, chat::PaddedBuffer body) {
  auto parsed = chat::parse_chat_request(std::move(body));
  if (!parsed) {
    ChatOutcome outcome;
    outcome.error_code = chat::describe(parsed.error()).code;
    outcome.error_message = told(parsed.error());
    co_await respond_error(ex, parsed.error());
    account(ex, std::move(outcome), nullptr);
    co_return;
  }
  const RunningRequest running{ex.worker.metrics};
  const chat::ChatRequest request = std::move(*parsed);
  const Now now = ex.now();
  const auto facts = facts_of(ex, request);
  ChatOutcome outcome;
  outcome.requested_model = request.model;
  outcome.stream = request.stream;
  chat::ToolSchemas tools{request};
  ChatTurn turn{.ex = ex,
                .request = request,
                .tools = std::move(tools),
                .planner = ex.worker.services.router.begin(ex.worker.routes, facts, now),
                .abort = {},
                .deadline = {ex.worker.net.deadlines(), nullptr},
                .outcome = std::move(outcome),
                .queue_time = duration_cast<microseconds>(now.steady - ex.arrived.steady)};
  turn.deadline.on_expiry([&turn] { turn.abort.fire(net::AbortReason::timed_out); });
  const WatchEnd watch_end{ex.client};
  ex.client.on_gone([&turn] { turn.abort.fire(net::AbortReason::client_gone); });
  tell(turn, RequestNews::Phase::started);
  co_await run_attempts(turn, now);
  turn.outcome.route_time = turn.route_time;
  turn.outcome.queue_time = turn.queue_time;
  account(ex, std::move(turn.outcome), &turn.planner);
}

}  // namespace freellm::proxy
