// The adapter for Cloudflare Workers AI: OpenAI's dialect under a path that names the account.
// Stateless.

#include <string>
#include <string_view>

#include "freellm/provider/failure.hpp"
#include "freellm/provider/key_check.hpp"
#include "freellm/provider/native.hpp"
#include "freellm/wire/json_scan.hpp"
#include "provider/cloudflare/account_key.hpp"
#include "provider/cloudflare/decoder.hpp"
#include "provider/native/key_judge.hpp"
#include "provider/native/quirks.hpp"
#include "provider/openai_encode.hpp"

namespace freellm::provider {
namespace cloudflare {
namespace {

const QuirkSet& rows() { return native::quirks("cloudflare"); }

/// The request with the schema bare, as Workers AI wants it: json_schema holds the schema itself,
/// not OpenAI's {"name","schema"}. Nullopt when the request needs no such change.
std::optional<std::string> with_bare_schema(const chat::ChatRequest& request) {
  if (request.response_format != chat::ResponseFormat::json_schema) return std::nullopt;
  const auto* format = request.find("response_format");
  if (format == nullptr) return std::nullopt;
  const auto wrapper = wire::find_member(format->value, "json_schema");
  const auto schema = wrapper ? wire::find_member(*wrapper, "schema") : std::nullopt;
  if (!schema || wire::json_type(*schema) != wire::JsonType::object) return std::nullopt;
  const auto body = request.body.view();
  const auto before = static_cast<std::size_t>(format->value.data() - body.data());
  std::string out{body.substr(0, before)};
  out += R"({"type":"json_schema","json_schema":)";
  out += *schema;
  out += '}';
  out += body.substr(before + format->value.size());
  return out;
}

class CloudflareAdapter final : public Adapter {
 public:
  [[nodiscard]] Result<UpstreamRequest> encode(const chat::ChatRequest& request,
                                               const Route& route) const override {
    const auto key = split_key(route.key);
    if (!key) return key.error();
    const wire::BaseUrl base_url{route.base_url.origin,
                                 chat_prefix(route.base_url.prefix, key->account_id)};
    const Route account_route{route.platform, route.model, key->token, base_url};
    const auto changed = with_bare_schema(request);
    if (!changed) return encode_openai(request, account_route, rows());
    const auto reread = chat::parse_chat_request(chat::PaddedBuffer::copy_of(*changed));
    if (!reread) return reread.error();
    auto made = encode_openai(*reread, account_route, rows());
    if (!made) return made;
    Rope body;  // the pieces point into `reread`, which ends here
    body.append_owned(made->body.flatten());
    made->body = std::move(body);
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
    return classify_error(read_error(status, body), headers, rows().errors, route.model.upstream_id,
                          now);
  }

  [[nodiscard]] std::vector<chat::LimitObservation> observe_limits(const Route&,
                                                                   const wire::HeaderList&,
                                                                   Now) const override {
    return {};  // none are sent (Workers AI, 2026-11)
  }

  [[nodiscard]] std::vector<UpstreamRequest> key_probes(const Route& route) const override {
    const auto key = split_key(route.key);
    if (!key) return {};
    const wire::BaseUrl base_url{route.base_url.origin, api_prefix(route.base_url.prefix)};
    const Route account_route{route.platform, route.model, key->token, base_url};
    auto quirks = rows();
    for (auto& probe : quirks.key_probes) {
      constexpr std::string_view kPlaceholder = "{account_id}";
      const auto at = probe.url.find(kPlaceholder);
      if (at != std::string::npos) probe.url.replace(at, kPlaceholder.size(), key->account_id);
    }
    return probe_requests(quirks, account_route);
  }

  [[nodiscard]] KeyCheck judge_key(const Route&, std::size_t probe, int status,
                                   const wire::HeaderList&, std::string_view body) const override;
};

/// The verify endpoints answer 200 for a disabled or expired token too: its status says so.
KeyCheck CloudflareAdapter::judge_key(const Route&, std::size_t probe, int status,
                                      const wire::HeaderList&, std::string_view body) const {
  auto check = native::judge_key(rows(), probe, status, body);
  const bool last = probe + 1 >= rows().key_probes.size();
  if (check.verdict == KeyVerdict::invalid && !last) {
    // A token that an account owns is unknown to the user endpoint: the next probe decides.
    return {KeyVerdict::inconclusive, check.reason};
  }
  if (check.verdict != KeyVerdict::valid) return check;
  if (!wire::validate_json(body)) return {KeyVerdict::inconclusive, "the answer is no JSON"};
  const auto result = wire::find_member(body, "result").value_or("");
  const auto state = wire::json_string(wire::find_member(result, "status").value_or(""));
  if (state == "active") return check;
  if (state == "disabled" || state == "expired") {
    return {KeyVerdict::invalid, "the token is " + std::string{*state}};
  }
  return {KeyVerdict::inconclusive, "the answer does not say whether the token is active"};
}

}  // namespace
}  // namespace cloudflare

const Adapter& cloudflare_adapter() {
  static const cloudflare::CloudflareAdapter kAdapter;
  return kAdapter;
}

}  // namespace freellm::provider
