#include "freellm/proxy/key_probe.hpp"

#include <algorithm>

#include "freellm/proxy/ask.hpp"
#include "known_secrets.hpp"
#include "wipe_head.hpp"

namespace freellm::proxy {
namespace {

constexpr AskLimits kProbe{.time = Millis{30'000},  // NVIDIA's model list was measured at 11 s
                           .body_bytes = 256 * 1024};

bool is_free(const provider::UpstreamRequest& request) { return request.body.size() == 0; }

}  // namespace

net::Task<ProbedKey> probe_key(net::Worker& worker, const catalog::Platform& platform,
                               const catalog::Model& model, std::string_view key,
                               const wire::Egress& egress, ProbeCost cost) {
  const auto& adapter = provider::adapter_for(platform);
  provider::KeyCheck verdict{provider::KeyVerdict::inconclusive,
                             "the platform offers no way to check a key"};
  std::vector<const wire::BaseUrl*> bases{&platform.base_url};
  for (const auto& alternate : platform.alternate_base_urls) bases.push_back(&alternate);
  bool was_reached = false;
  bool was_asked = false;
  bool in_doubt = false;  ///< a host did not say, or its word is missing
  for (const auto* base : bases) {
    const provider::Route route{platform, model, key, *base};
    auto probes = adapter.key_probes(route);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      if (cost == ProbeCost::free_only && !is_free(probes[i])) continue;
      const auto answer = co_await ask(worker, probes[i], egress, kProbe);
      wipe_head(probes[i]);
      was_asked = true;
      if (!answer) {
        verdict = {provider::KeyVerdict::inconclusive, answer.error().message};
        in_doubt = true;
        continue;
      }
      was_reached = true;
      in_doubt = in_doubt || answer->status >= 500;
      verdict = adapter.judge_key(route, i, answer->status, answer->headers, answer->body);
      verdict.reason = without_key(verdict.reason, key);
      if (verdict.verdict != provider::KeyVerdict::valid) continue;
      if (bases.size() > 1) verdict.base_url = *base;
      ProbedKey good{std::move(verdict), true};
      co_return good;
    }
    in_doubt = in_doubt || verdict.verdict != provider::KeyVerdict::invalid;
  }
  // A key of one console is refused by the other: that condemns nothing while the one it may belong
  // to is unwell.
  if (in_doubt) verdict.verdict = provider::KeyVerdict::inconclusive;
  ProbedKey outcome{std::move(verdict), was_reached || !was_asked};
  co_return outcome;
}

bool has_free_probe(const catalog::Platform& platform) {
  const catalog::Model none;
  // Of a form that Cloudflare's adapter takes too.
  constexpr std::string_view kAnyKey = "00000000000000000000000000000000:key";
  const provider::Route route{platform, none, kAnyKey, platform.base_url};
  const auto probes = provider::adapter_for(platform).key_probes(route);
  return std::any_of(probes.begin(), probes.end(), is_free);
}

}  // namespace freellm::proxy
