// The adapter for Cloudflare Workers AI: OpenAI's dialect under a path that names the account.
// Stateless.

#include <functional>
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

/// response_format with the schema bare, as Workers AI wants it: json_schema holds the schema
/// itself, not OpenAI's {"name","schema"}. Empty when the request has none.
std::string bare_format(const chat::Member* format) {
  if (format == nullptr) return {};
  const auto wrapper = wire::find_member(format->value, "json_schema");
  const auto schema = wrapper ? wire::find_member(*wrapper, "schema") : std::nullopt;
  if (!schema || wire::json_type(*schema) != wire::JsonType::object) return {};
  return R"({"type":"json_schema","json_schema":)" + std::string{*schema} + '}';
}

/// The bytes of `body` with the part that is `sent` (told by its address) replaced.
Rope with_replaced(const Rope& body, std::string_view sent, std::string_view replacement) {
  std::string bytes;
  bytes.reserve(body.size());
  for (const auto piece : body.pieces()) {
    const bool holds = std::less_equal<>{}(piece.data(), sent.data()) &&
                       std::less_equal<>{}(sent.data() + sent.size(), piece.data() + piece.size());
    if (!holds) {
      bytes += piece;
      continue;
    }
    const auto before = static_cast<std::size_t>(sent.data() - piece.data());
    bytes += piece.substr(0, before);
    bytes += replacement;
    bytes += piece.substr(before + sent.size());
  }
  Rope out;
  out.append_owned(std::move(bytes));
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
    auto made = encode_openai(request, account_route, rows());
    if (!made || request.response_format != chat::ResponseFormat::json_schema) return made;
    const auto* format = request.find("response_format");
    const auto bare = bare_format(format);
    if (bare.empty()) return made;
    const Target target{base_url.origin, base_url.prefix, rows().chat_path};
    auto changed = make_request(account_route, rows(), "POST", target,
                                with_replaced(made->body, format->value, bare));
    if (changed) changed->streaming = request.stream;
    return changed;
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
