// The adapter for Cohere's own v2 chat. Stateless.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/provider/key_check.hpp"
#include "freellm/provider/native.hpp"
#include "freellm/wire/json.hpp"
#include "provider/cohere/decoder.hpp"
#include "provider/cohere/failure.hpp"
#include "provider/cohere/request_body.hpp"
#include "provider/native/key_judge.hpp"
#include "provider/native/quirks.hpp"
#include "provider/openai_encode.hpp"

namespace freellm::provider {
namespace cohere {
namespace {

const QuirkSet& rows() { return native::quirks("cohere"); }

/// Models are listed by the v1 API only, next to v2.
std::string v1_prefix(std::string_view prefix) {
  constexpr std::string_view kChatVersion = "/v2";
  if (prefix.ends_with(kChatVersion)) prefix.remove_suffix(kChatVersion.size());
  return std::string{prefix} + "/v1";
}

/// Leaving a part out in silence would get an answer to another question.
Error unsupported_media() {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .retry = Retry::next_route,
               .message = "cohere: takes no audio, video or file parts",
               .param = "messages",
               .code = "unsupported_content"};
}

class CohereAdapter final : public Adapter {
 public:
  [[nodiscard]] Result<UpstreamRequest> encode(const chat::ChatRequest& request,
                                               const Route& route) const override {
    if (request.traits.other_media) return unsupported_media();
    Rope body;
    body.append_owned(wire::dump_json(request_body(request, route.model)));
    const Target target{route.base_url.origin, route.base_url.prefix, rows().chat_path};
    auto made = make_request(route, rows(), "POST", target, std::move(body));
    if (made) made->streaming = request.stream;
    return made;
  }

  [[nodiscard]] std::unique_ptr<ResponseDecoder> make_decoder(const chat::ChatRequest&,
                                                              const Route& route,
                                                              BodyKind body) const override {
    return std::make_unique<Decoder>(body, route.model.upstream_id);
  }

  [[nodiscard]] chat::UpstreamFailure classify(int status, const wire::HeaderList& headers,
                                               std::string_view body, const Route& route,
                                               Now now) const override {
    return classify_failure(status, headers, body, route.model.upstream_id, now);
  }

  [[nodiscard]] std::vector<chat::LimitObservation> observe_limits(const Route&,
                                                                   const wire::HeaderList& headers,
                                                                   Now now) const override {
    return read_rate_headers(rows().rate_headers, headers, now);
  }

  [[nodiscard]] std::vector<UpstreamRequest> key_probes(const Route& route) const override {
    const wire::BaseUrl base_url{route.base_url.origin, v1_prefix(route.base_url.prefix)};
    const Route list_route{route.platform, route.model, route.key, base_url};
    return probe_requests(rows(), list_route);
  }

  [[nodiscard]] KeyCheck judge_key(const Route&, std::size_t probe, int status,
                                   const wire::HeaderList&, std::string_view body) const override {
    return native::judge_key(rows(), probe, status, body);
  }
};

}  // namespace
}  // namespace cohere

const Adapter& cohere_adapter() {
  static const cohere::CohereAdapter kAdapter;
  return kAdapter;
}

}  // namespace freellm::provider
