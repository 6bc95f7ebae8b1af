#include "freellm/provider/openai_compat.hpp"

#include <algorithm>

#include "freellm/provider/key_check.hpp"
#include "freellm/provider/native.hpp"
#include "provider/openai_encode.hpp"

namespace freellm::provider {

namespace {

class OpenAiAdapter final : public Adapter {
 public:
  Result<UpstreamRequest> encode(const chat::ChatRequest& request,
                                 const Route& route) const override {
    return encode_openai(request, route, quirks_for(route.platform));
  }

  std::unique_ptr<ResponseDecoder> make_decoder(const chat::ChatRequest&, const Route& route,
                                                BodyKind body) const override {
    return make_openai_decoder(quirks_for(route.platform), route.model.upstream_id, body);
  }

  chat::UpstreamFailure classify(int status, const wire::HeaderList& headers, std::string_view body,
                                 const Route& route, Now now) const override {
    const auto& quirks = quirks_for(route.platform);
    const auto facts = read_error(status, body);
    auto failure = classify_error(facts, headers, quirks.errors, route.model.upstream_id, now);
    failure.http_status = status;
    const auto observed = read_rate_headers(quirks.rate_headers, headers, now);
    failure.limits.insert(failure.limits.end(), observed.begin(), observed.end());
    return refined(std::move(failure), observed);
  }

  std::vector<chat::LimitObservation> observe_limits(const Route& route,
                                                     const wire::HeaderList& headers,
                                                     Now now) const override {
    return read_rate_headers(quirks_for(route.platform).rate_headers, headers, now);
  }

  std::vector<UpstreamRequest> key_probes(const Route& route) const override {
    return probe_requests(quirks_for(route.platform), route);
  }

  KeyCheck judge_key(const Route& route, std::size_t probe, int status, const wire::HeaderList&,
                     std::string_view body) const override {
    const auto& quirks = quirks_for(route.platform);
    if (probe >= quirks.key_probes.size())
      return {.verdict = KeyVerdict::inconclusive, .reason = "no such probe"};
    return judge_probe(quirks.key_probes[probe], quirks, status, body);
  }

 private:
  /// A limit of zero in a header (Mistral) means the model is not in the plan: waiting never helps.
  static chat::UpstreamFailure refined(chat::UpstreamFailure failure,
                                       const std::vector<chat::LimitObservation>& observed) {
    const bool rate = failure.failure == chat::FailureClass::rate_limited;
    const bool none = std::any_of(observed.begin(), observed.end(), [](const auto& seen) {
      return seen.limit == 0 && seen.metric == chat::LimitMetric::requests;
    });
    if (rate && none) {
      failure.failure = chat::FailureClass::no_quota;
      failure.scope = chat::Scope::model_key;
      failure.retry_after.reset();
    }
    return failure;
  }
};

bool is_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

}  // namespace

const Adapter& openai_adapter() {
  static const OpenAiAdapter adapter;
  return adapter;
}

std::optional<UpstreamRequest> poll_request(int status, const wire::HeaderList& headers,
                                            const Route& route) {
  const auto& quirks = quirks_for(route.platform);
  if (status != 202 || !quirks.polls_on_202) return std::nullopt;
  const auto id = headers.find("nvcf-reqid");
  if (!id || !is_request_id(*id)) return std::nullopt;
  std::string url = quirks.poll_url;
  constexpr std::string_view kPlaceholder = "{id}";
  if (const auto at = url.find(kPlaceholder); at != std::string::npos)
    url.replace(at, kPlaceholder.size(), *id);
  const auto target = resolve_target(route, url);
  if (!target) return std::nullopt;
  auto request = make_request(route, quirks, "GET", *target, Rope{});
  if (!request) return std::nullopt;
  return std::move(*request);
}

}  // namespace freellm::provider
