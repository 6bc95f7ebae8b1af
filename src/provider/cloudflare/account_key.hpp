#pragma once
// Cloudflare keys: the account id goes into the path, the token into the header. Pure and
// thread-safe.

#include <string>
#include <string_view>

#include "freellm/base/result.hpp"

namespace freellm::provider::cloudflare {

/// Views into the key.
struct AccountKey {
  std::string_view account_id;
  std::string_view token;
};

/// Splits at the first colon. The error (upstream_auth, Retry::next_route) says what a key looks
/// like and shows none of it.
[[nodiscard]] Result<AccountKey> split_key(std::string_view key);

/// The path prefix of the API itself ("/client/v4") in a base URL that may name an account.
[[nodiscard]] std::string api_prefix(std::string_view base_prefix);

/// The prefix of the OpenAI-compatible route. `{account_id}` in the base URL is filled in; a base
/// URL that names an account already stays as the operator wrote it.
[[nodiscard]] std::string chat_prefix(std::string_view base_prefix, std::string_view account_id);

}  // namespace freellm::provider::cloudflare
