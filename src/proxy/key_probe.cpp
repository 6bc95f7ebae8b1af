#include "freellm/proxy/key_probe.hpp"

#include "known_secrets.hpp"
#include "upstream_exchange.hpp"
#include "wipe_head.hpp"

namespace freellm::proxy {
namespace {

constexpr Millis kProbeTime{30'000};  // NVIDIA's model list was measured at 11 s
constexpr std::size_t kMaxBody = 256 * 1024;

struct Answer {
  int status = 0;
  wire::HeaderList headers;
  std::string body;
};

net::Task<Result<Answer>> ask(net::Worker& worker, const provider::UpstreamRequest& request) {
  net::Abort abort;
  net::Deadline deadline{worker.deadlines(), [&abort] { abort.fire(net::AbortReason::timed_out); }};
  deadline.expires_after(kProbeTime);
  UpstreamExchange upstream{worker, request, abort};
  const Status sent = co_await upstream.send(Connection::fresh, Millis{10'000});
  if (!sent) co_return sent.error();
  const net::Abort::Step step{abort, [&upstream] { upstream.close(); }};
  Answer answer;
  auto& http = upstream.http();
  while (!http.message_complete() && answer.body.size() < kMaxBody) {
    const net::IoResult got = co_await upstream.read();
    if (!got.ok()) {
      if (http.feed_eof() && http.head_complete()) break;
      co_return Error{.kind = ErrorKind::connect,
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

}  // namespace

net::Task<provider::KeyCheck> probe_key(net::Worker& worker, const catalog::Platform& platform,
                                        const catalog::Model& model, std::string_view key) {
  const auto& adapter = provider::adapter_for(platform);
  provider::KeyCheck verdict{provider::KeyVerdict::inconclusive,
                             "the platform offers no way to check a key"};
  std::vector<const wire::BaseUrl*> bases{&platform.base_url};
  for (const auto& alternate : platform.alternate_base_urls) bases.push_back(&alternate);
  for (const auto* base : bases) {
    const provider::Route route{platform, model, key, *base};
    auto probes = adapter.key_probes(route);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const auto answer = co_await ask(worker, probes[i]);
      wipe_head(probes[i]);
      if (!answer) {
        verdict = {provider::KeyVerdict::inconclusive, answer.error().message};
        continue;
      }
      verdict = adapter.judge_key(route, i, answer->status, answer->headers, answer->body);
      verdict.reason = without_key(verdict.reason, key);
      if (verdict.verdict == provider::KeyVerdict::valid) co_return verdict;
    }
  }
  co_return verdict;
}

}  // namespace freellm::proxy
