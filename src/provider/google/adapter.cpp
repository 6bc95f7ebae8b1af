#include "provider/google/adapter.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "freellm/chat/canonical.hpp"
#include "freellm/provider/key_check.hpp"
#include "freellm/provider/native.hpp"
#include "freellm/wire/json.hpp"
#include "provider/google/decoder.hpp"
#include "provider/google/failure.hpp"
#include "provider/google/generation_config.hpp"
#include "provider/google/messages.hpp"
#include "provider/google/tools.hpp"
#include "provider/native/key_judge.hpp"
#include "provider/native/members.hpp"
#include "provider/native/quirks.hpp"
#include "provider/openai_encode.hpp"

namespace freellm::provider::google {
namespace {

using wire::OrderedJson;

/// Ids are catalog data, but a catalog can be edited: nothing in one may leave its path segment.
std::string escaped_path(std::string_view text) {
  constexpr std::string_view kPlain = "-._~@";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string target_path(std::string_view model_id, bool stream) {
  constexpr std::string_view kResource = "models/";
  if (model_id.starts_with(kResource)) model_id.remove_prefix(kResource.size());
  // Without alt=sse the stream is one JSON array written bit by bit.
  return "/models/" + escaped_path(model_id) +
         (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
}

}  // namespace

Result<UpstreamRequest> GoogleAdapter::encode(const chat::ChatRequest& request,
                                              const Route& route) const {
  const auto canonical =
      chat::canonical_request(request, {.developer_to_system = true, .name_tool_results = true});
  const auto traits = model_traits(route.model.upstream_id);
  const auto now = clock_.now().steady;
  const auto signature_of = [&](std::string_view id, std::string_view name,
                                const OrderedJson& arguments) {
    const auto spelled = canonical_json(wire::dump_json(arguments));
    return signatures_.find(
        {.model = route.model.upstream_id, .id = id, .name = name, .arguments = spelled}, now);
  };
  const auto* messages = native::member(canonical, "messages");
  if (messages == nullptr) messages = &canonical;  // an object: no messages at all
  auto translated = translate_messages(*messages, traits, signature_of);
  if (!translated) return translated.error();

  OrderedJson body = OrderedJson::object();
  if (!translated->system.is_null()) body["systemInstruction"] = std::move(translated->system);
  body["contents"] = std::move(translated->contents);
  const auto tools = add_tools(body, canonical);
  auto config = generation_config(canonical, route.model, tools.has_functions);
  if (!config.empty()) body["generationConfig"] = std::move(config);

  Rope bytes;
  bytes.append_owned(wire::dump_json(body));
  const Target target{route.base_url.origin, route.base_url.prefix,
                      target_path(route.model.upstream_id, request.stream)};
  auto made = make_request(route, native::quirks("google"), "POST", target, std::move(bytes));
  if (made) made->streaming = request.stream;
  return made;
}

std::unique_ptr<ResponseDecoder> GoogleAdapter::make_decoder(const chat::ChatRequest&,
                                                             const Route& route,
                                                             BodyKind body) const {
  return std::make_unique<Decoder>(body, route.model.upstream_id, signatures_, clock_);
}

chat::UpstreamFailure GoogleAdapter::classify(int status, const wire::HeaderList& headers,
                                              std::string_view body, const Route& route,
                                              Now now) const {
  return classify_failure(status, headers, body, route.model.upstream_id, now);
}

std::vector<chat::LimitObservation> GoogleAdapter::observe_limits(const Route&,
                                                                  const wire::HeaderList&,
                                                                  Now) const {
  return {};  // Google states limits in error bodies only
}

std::vector<UpstreamRequest> GoogleAdapter::key_probes(const Route& route) const {
  return probe_requests(native::quirks("google"), route);
}

KeyCheck GoogleAdapter::judge_key(const Route&, std::size_t probe, int status,
                                  const wire::HeaderList&, std::string_view body) const {
  return native::judge_key(native::quirks("google"), probe, status, body);
}

}  // namespace freellm::provider::google

namespace freellm::provider {

const Adapter& google_adapter() {
  static const RealClock kClock;
  static const google::GoogleAdapter kAdapter{kClock};
  return kAdapter;
}

}  // namespace freellm::provider
