#include "freellm/proxy/ask.hpp"

#include "upstream_exchange.hpp"

namespace freellm::proxy {

net::Task<Result<Answer>> ask(net::Worker& worker, const provider::UpstreamRequest& request,
                              const wire::Egress& egress, AskLimits limits) {
  net::Abort abort;
  net::Deadline deadline{worker.deadlines(), [&abort] { abort.fire(net::AbortReason::timed_out); }};
  deadline.expires_after(limits.time);
  UpstreamExchange upstream{worker, request, egress, abort};
  const Status sent = co_await upstream.send(Millis{10'000});
  if (!sent) co_return sent.error();
  const net::Abort::Step step{abort, [&upstream] { upstream.close(); }};
  Answer answer;
  auto& http = upstream.http();
  while (!http.message_complete() && answer.body.size() < limits.body_bytes) {
    const net::IoResult got = co_await upstream.read();
    if (!got.ok()) {
      if (!abort.fired() && http.feed_eof() && http.head_complete()) break;
      co_return Error{.kind = abort.fired() ? ErrorKind::timeout : ErrorKind::connect,
                      .source = ErrorSource::upstream,
                      .message = abort.fired() ? "the platform did not answer in time"
                                               : "the connection broke"};
    }
    const auto used = http.feed(upstream.received(got.bytes),
                                [&](std::string_view piece) { answer.body += piece; });
    if (!used) co_return used.error();
  }
  answer.status = http.head().status;
  answer.headers = http.head().headers;
  co_return std::move(answer);
}

}  // namespace freellm::proxy
