#pragma once
// What must not stand in a provider's words that go into logs, errors and the database, whatever it
// looks like: hosts echo the key they were sent.

#include <array>
#include <string>
#include <string_view>

#include "freellm/chat/scrub.hpp"

namespace freellm::proxy {

/// `words` without the key, and without what stands behind its first colon (Cloudflare's
/// account:token, of which the token alone is sent).
inline std::string without_key(std::string_view words, std::string_view key) {
  const std::array secrets{key, key.substr(key.find(':') + 1)};
  return chat::scrub(words, secrets);
}

}  // namespace freellm::proxy
