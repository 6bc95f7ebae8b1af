#pragma once
// Makes a provider's words fit to be logged, stored and shown: secrets out, control characters out,
// short.
//
// Pure and thread-safe. Known values are replaced first, then whatever looks like a credential,
// because providers echo keys that are not ours (a mistyped one, a neighbour's) as well.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace freellm::chat {

inline constexpr std::size_t kScrubbedBytes = 500;

/// Replaces each of `secrets` (longer than 3 bytes), key-shaped tokens (sk-…, gsk_…, AIza…,
/// nvapi-…, ghp_…, …), JWTs, bearer values, URL query values and user info, and alphanumeric runs
/// of 32 and more by
/// "[redacted]"; control characters become spaces, invalid UTF-8 U+FFFD; cuts at `max_bytes` on a
/// character boundary.
[[nodiscard]] std::string scrub(std::string_view foreign,
                                std::span<const std::string_view> secrets = {},
                                std::size_t max_bytes = kScrubbedBytes);

}  // namespace freellm::chat
