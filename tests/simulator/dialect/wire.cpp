#include "dialect/wire.hpp"

#include "dialect/rules.hpp"
#include "dialect/rules_by_platform.hpp"

namespace simulator {
namespace {

constexpr std::string_view kGoogleModels = "/v1beta/models/";
constexpr std::string_view kCloudflareRun = "/client/v4/ai/run/";

bool is_openai_path(const Platform& platform, std::string_view path) {
  static constexpr std::string_view kChat = "/chat/completions";
  if (!path.ends_with(kChat)) return false;
  const auto base = path.substr(0, path.size() - kChat.size());
  if (platform.slug == "cloudflare") return path_without_account(base) == platform.base;
  // Kilo answers under both bases.
  return base == platform.base || (platform.slug == "kilo" && base == "/api/gateway/v1");
}

}  // namespace

std::string path_without_account(std::string_view path) {
  static constexpr std::string_view kAccounts = "/client/v4/accounts/";
  if (!path.starts_with(kAccounts)) return std::string{path};
  const auto slash = path.find('/', kAccounts.size());
  if (slash == std::string_view::npos) return std::string{path};
  return "/client/v4" + std::string{path.substr(slash)};
}

Wire wire_of(const Platform& platform, std::string_view path) {
  if (is_openai_path(platform, path)) return Wire::openai;
  if (platform.slug == "google" && path.starts_with(kGoogleModels) &&
      (path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent")))
    return Wire::google;
  if (platform.slug == "cohere" && path == "/v2/chat") return Wire::cohere;
  if (platform.slug == "ollama" && path == "/api/chat") return Wire::ollama;
  if (platform.slug == "cloudflare" && path_without_account(path).starts_with(kCloudflareRun))
    return Wire::cloudflare;
  return Wire::none;
}

std::string model_of(std::string_view path, const Json& body) {
  if (path.starts_with(kGoogleModels)) {
    const auto rest = path.substr(kGoogleModels.size());
    return std::string{rest.substr(0, rest.rfind(':'))};
  }
  if (const auto plain = path_without_account(path); plain.starts_with(kCloudflareRun))
    return plain.substr(kCloudflareRun.size());
  if (!body.is_object()) return {};
  const auto at = body.find("model");
  return at != body.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

Prompt parse_prompt(const Platform& platform, std::string_view path, const Json& body,
                    const std::string& model) {
  const auto wire = wire_of(platform, path);
  auto prompt = wire == Wire::google   ? parse_google(body, model)
                : wire == Wire::cohere ? parse_cohere(body, platform)
                : wire == Wire::ollama ? parse_ollama(body, platform)
                                       : parse_openai(body, platform);
  if (wire == Wire::google) prompt.stream = path.ends_with(":streamGenerateContent");
  prompt.model = model;
  return prompt;
}

Reply render(const Turn& turn, const RenderContext& context, std::string_view path) {
  switch (wire_of(context.platform, path)) {
    case Wire::google:
      return render_google(turn, context);
    case Wire::cohere:
      return render_cohere(turn, context);
    case Wire::cloudflare:
      return render_cloudflare_run(turn, context);
    case Wire::ollama:
      return render_ollama(turn, context);
    case Wire::openai:
    case Wire::none:
      break;
  }
  return render_openai(turn, context);
}

std::optional<Problem> check_request(const Platform& platform, std::string_view path,
                                     const Json& body, bool is_anonymous) {
  switch (wire_of(platform, path)) {
    case Wire::google:
      return check_google(body, model_of(path, body));
    case Wire::cohere:
      return check_cohere(body);
    case Wire::ollama:
      return check_ollama(body);
    case Wire::cloudflare:
    case Wire::openai:
    case Wire::none:
      break;
  }
  return check_openai(platform, body, is_anonymous);
}

}  // namespace simulator
