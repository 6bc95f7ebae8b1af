#include "freellm/server/auth.hpp"

#include "freellm/base/secret.hpp"

namespace freellm::server {

std::optional<std::string_view> presented_key(const wire::HeaderList& headers) {
  if (const auto authorization = headers.find("Authorization")) {
    constexpr std::string_view kScheme = "bearer";
    const auto value = wire::trim_ows(*authorization);
    if (value.size() > kScheme.size() && value[kScheme.size()] == ' ' &&
        wire::iequals(value.substr(0, kScheme.size()), kScheme)) {
      return wire::trim_ows(value.substr(kScheme.size()));
    }
    return std::nullopt;
  }
  return headers.find("x-api-key");
}

Status check_client_key(const wire::HeaderList& headers, const proxy::Settings& settings) {
  if (!settings.require_api_key) return {};
  const auto key = presented_key(headers);
  if (key && constant_time_equal(*key, settings.api_key->reveal())) return {};
  return Error{
      .kind = ErrorKind::unauthorized,
      .source = ErrorSource::downstream,
      .http_status = 401,
      .message =
          key ? "Incorrect API key provided. Show this server's key with: freellmapi api-key show"
              : "You didn't provide an API key. Send it as \"Authorization: Bearer KEY\"; "
                "show it with: freellmapi api-key show",
      .code = "invalid_api_key"};
}

}  // namespace freellm::server
