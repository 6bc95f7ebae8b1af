#include "freellm/provider/key_check.hpp"

#include "freellm/chat/scrub.hpp"
#include "freellm/provider/failure.hpp"
#include "freellm/wire/json_text.hpp"
#include "provider/openai_encode.hpp"

namespace freellm::provider {

namespace {

std::string with_model(std::string_view body, std::string_view model_id) {
  constexpr std::string_view kPlaceholder = "{model}";
  std::string out(body);
  const auto at = out.find(kPlaceholder);
  if (at != std::string::npos) out.replace(at, kPlaceholder.size(), wire::escaped(model_id));
  return out;
}

std::string described(KeyVerdict verdict, int status, const ErrorFacts& facts) {
  const auto answered = "the provider answered " + std::to_string(status);
  if (verdict == KeyVerdict::valid)
    return status < 300 ? "accepted" : answered + ", which a bad key would not get";
  const auto words = chat::scrub(facts.message, {}, 200);
  return answered + (words.empty() ? std::string{} : ": " + words);
}

KeyVerdict by_status(const QuirkSet& quirks, int status, const ErrorFacts& facts) {
  if (status >= 200 && status < 300) return KeyVerdict::valid;
  if (status >= 500 || status < 400) return KeyVerdict::inconclusive;
  const auto failure = classify_error(facts, {}, quirks.errors, {}, std::nullopt);
  return failure.failure == chat::FailureClass::bad_key ? KeyVerdict::invalid
                                                        : KeyVerdict::inconclusive;
}

KeyVerdict to_key_verdict(ProbeVerdict verdict) {
  switch (verdict) {
    case ProbeVerdict::valid:
      return KeyVerdict::valid;
    case ProbeVerdict::invalid:
      return KeyVerdict::invalid;
    case ProbeVerdict::inconclusive:
      break;
  }
  return KeyVerdict::inconclusive;
}

}  // namespace

std::vector<UpstreamRequest> probe_requests(const QuirkSet& quirks, const Route& route) {
  std::vector<UpstreamRequest> requests;
  for (const auto& probe : quirks.key_probes) {
    const auto target = resolve_target(route, probe.url);
    if (!target) continue;
    Rope body;
    body.append_owned(with_model(probe.body, route.model.upstream_id));
    auto request = make_request(route, quirks, probe.method, *target, std::move(body));
    if (request) requests.push_back(std::move(*request));
  }
  return requests;
}

KeyCheck judge_probe(const KeyProbe& probe, const QuirkSet& quirks, int status,
                     std::string_view body) {
  const auto facts = read_error(status, status < 300 ? std::string_view{} : body);
  const auto listed = probe.verdicts.find(status);
  // An edge's block page says nothing about the key, whatever its status.
  const bool by_list = listed != probe.verdicts.end() && facts.body != ErrorBody::html;
  const auto verdict = by_list                         ? to_key_verdict(listed->second)
                       : facts.body == ErrorBody::html ? KeyVerdict::inconclusive
                                                       : by_status(quirks, status, facts);
  return {.verdict = verdict, .reason = described(verdict, status, facts)};
}

}  // namespace freellm::provider
