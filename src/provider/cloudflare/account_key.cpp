#include "provider/cloudflare/account_key.hpp"

#include <algorithm>

namespace freellm::provider::cloudflare {
namespace {

constexpr std::string_view kAccounts = "/accounts/";
constexpr std::string_view kPlaceholder = "{account_id}";

/// 32 hexadecimal digits today; anything that cannot leave its path segment passes.
bool is_account_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

}  // namespace

Result<AccountKey> split_key(std::string_view key) {
  const auto colon = key.find(':');
  AccountKey parts;
  if (colon != std::string_view::npos) {
    parts = {.account_id = key.substr(0, colon), .token = key.substr(colon + 1)};
  }
  if (is_account_id(parts.account_id) && !parts.token.empty()) return parts;
  return Error{.kind = ErrorKind::upstream_auth,
               .source = ErrorSource::internal,
               .retry = Retry::next_route,
               .message =
                   "cloudflare: the key must be account_id:api_token; the account id stands "
                   "in the dashboard's address and on the Workers AI page",
               .code = "malformed_key"};
}

std::string api_prefix(std::string_view base_prefix) {
  return std::string{base_prefix.substr(0, base_prefix.find(kAccounts))};
}

std::string chat_prefix(std::string_view base_prefix, std::string_view account_id) {
  std::string prefix{base_prefix};
  if (prefix.find(kAccounts) == std::string::npos) {
    return prefix + std::string{kAccounts} + std::string{account_id} + "/ai/v1";
  }
  const auto at = prefix.find(kPlaceholder);
  if (at != std::string::npos) prefix.replace(at, kPlaceholder.size(), account_id);
  return prefix;
}

}  // namespace freellm::provider::cloudflare
